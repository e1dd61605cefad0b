"""What all steps have in common: checked options, and one way to be applied."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..errors import StartupError  # noqa: TID252

Array = np.ndarray[Any, np.dtype[Any]]


class StepOptions(BaseModel):
    """The options of one step, as `service.json` gives them; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Preprocess(StepOptions):
    """A step before the model."""

    def bind(self, folder: Path) -> Self:
        """Return the step ready for use, once it has read what it needs from the service's folder.

        Called once at start. Raises `StartupError` where a file is missing or damaged.
        """
        return self

    def apply(self, value: Any) -> Any:
        """Return what becomes of the value; ValueError where this kind of value does not fit the step."""
        raise NotImplementedError

    def need(self, package: str) -> None:
        """Import a package that the step works with; `StartupError` where it is not installed.

        The first request would be the wrong time to find that out, or to wait for it.
        """
        try:
            import_module(package)
        except ImportError as error:
            step = getattr(self, "step", "?")
            raise StartupError(f"step {step} needs the package {package}: {error}") from error

    def refuse(self, value: object) -> ValueError:
        """Return the error that says that a value of this kind does not fit."""
        return ValueError(f"{getattr(self, 'step', '?')} does not take {type(value).__name__.lower()}s")


class Postprocess(StepOptions):
    """A step after the model. `needs` are the request's parameters that it reads."""

    def apply(self, value: Any, context: Any) -> Any:
        """Return what becomes of the value, given a `Context`; ValueError where it does not fit the step."""
        raise NotImplementedError

    def needs(self) -> frozenset[str]:
        """Return the names of the parameters that must be declared for this step."""
        return frozenset()
