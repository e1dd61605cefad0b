"""How work tells of its progress without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a stage may say while it works; nothing said here is recorded."""

    def say(self, message: str) -> None:
        """Tell one line, such as the mirror being tried."""

    def advance(self, label: str, done: float, total: float | None) -> None:
        """Tell how far the work labelled so has come; the same label again moves the same bar."""


class Silent:
    """A listener that does not listen."""

    def say(self, message: str) -> None:
        """Ignore the line."""

    def advance(self, label: str, done: float, total: float | None) -> None:
        """Ignore the advance."""
