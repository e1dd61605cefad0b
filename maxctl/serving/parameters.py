"""The numbers a caller may set with a request: declared once, checked the same over every door."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .errors import INVALID_PAYLOAD, BadInputError, shorten


class Parameter(BaseModel):
    """One number: its default, the range that is accepted (both ends included), and its help text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: float = Field(allow_inf_nan=False)
    minimum: float | None = Field(default=None, allow_inf_nan=False)
    maximum: float | None = Field(default=None, allow_inf_nan=False)
    description: str = ""

    @model_validator(mode="after")
    def _default_in_range(self) -> Parameter:
        if reason := self.refusal(self.default):
            raise ValueError(f"default: {reason}")
        return self

    def refusal(self, value: float) -> str | None:
        """Return why the number is not accepted, or None where it is."""
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        # NaN fails every comparison, so it is refused here like a number out of range
        if math.isfinite(value) and low <= value <= high:
            return None
        if self.minimum is None and self.maximum is None:
            return f"must be a finite number, not {value:g}"
        return f"must be from {low:g} to {high:g}, not {value:g}"

    def parse(self, value: object) -> float:
        """Return the number that `value` (a number, or its text) stands for; ValueError says why not."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"must be a number, not {shorten(value)}")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"could not convert string to float: {shorten(value)}") from None
        except OverflowError:
            raise ValueError(f"is too large: {shorten(value)}") from None
        if reason := self.refusal(number):
            raise ValueError(reason)
        return number


def resolve(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, float]:
    """Return a value for every declared parameter, the default where none is given.

    Raises `BadInputError` that names each parameter that is unknown, no number, or out of range.
    """
    values = {name: parameter.default for name, parameter in declared.items()}
    errors: dict[str, str] = {}
    for name, value in given.items():
        parameter = declared.get(name)
        if parameter is None:
            errors[name] = f"is no parameter; there are: {', '.join(declared) or 'none'}"
            continue
        try:
            values[name] = parameter.parse(value)
        except ValueError as error:
            errors[name] = f"{parameter.description} {error}".strip()
    if errors:
        raise BadInputError(INVALID_PAYLOAD, errors)
    return values
