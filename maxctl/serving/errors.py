"""Every way in which a request or the start-up can fail, with the status and the text for the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

INVALID_PAYLOAD = "Input payload validation failed"


class StartupError(Exception):
    """The service cannot start: one line that names the file or variable and what is accepted."""


class ServingError(Exception):
    """A request that is refused: `message` says what happened, `errors` gives the reason field by field."""

    status: ClassVar[int] = 500
    reason: ClassVar[str] = ""
    """What the metrics call it, where it is a refusal for load or size."""
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = dict(errors or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON answer in the Model Asset eXchange's shape, with `status` added."""
        body: dict[str, Any] = {"status": "error", "message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return body

    def __str__(self) -> str:
        return "; ".join([self.message, *(f"{field}: {reason}" for field, reason in self.errors.items())])


class BadInputError(ServingError):
    """The caller's data or parameters cannot be used."""

    status = 400


class NoAnswerError(ServingError, ValueError):
    """The model has no answer to this input: what it gives are no numbers."""

    status = 422


class TooLargeError(ServingError):
    """The body or the picture is over the limit; the connection is closed, as its rest was not read."""

    status = 413
    reason = "too-large"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class TooManyPixelsError(ServingError):
    """The picture's header announces more pixels than the service decodes."""

    status = 413
    reason = "too-large"


class TooSlowError(ServingError):
    """The body did not arrive in time."""

    status = 408
    reason = "too-slow"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class NotReadyError(ServingError):
    """The model is still being loaded, or could not be."""

    status = 503
    reason = "not-ready"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class OverloadedError(ServingError):
    """As many requests as the service admits are already in flight."""

    status = 503
    reason = "busy"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class DeadlineError(ServingError):
    """The answer was not ready in time; the place is free again."""

    status = 503
    reason = "deadline"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class UnknownModelError(ServingError):
    """The Open Inference Protocol was asked for a model or a version that is not served here."""

    status = 404


class MediaTypeError(ServingError):
    """The body is of a kind that this route does not read."""

    status = 415


def shorten(value: object, length: int = 80) -> str:
    """Return `repr(value)` cut to `length` characters, so that an answer never echoes a long input."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"
