"""What flows through the preprocessing steps, and what a step may ask about the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .options import Array


class Value(Protocol):
    """An input on its way to the model: a picture, a sound, texts, rows, or tensors that are finished."""

    def tensors(self) -> dict[str | None, Array]:
        """Return the model's inputs by name, each with a first axis for the items; None: the only input."""
        ...


@dataclass(frozen=True, slots=True)
class Tensors:
    """Inputs that are finished, by the names of the model's tensors: what a tokenizer or a hook makes."""

    named: Mapping[str, Array]

    def tensors(self) -> dict[str | None, Array]:
        """Return them."""
        tensors: dict[str | None, Array] = {}
        tensors.update(self.named)
        return tensors


@dataclass(frozen=True, slots=True)
class Context:
    """What the postprocessing steps may use beside the model's outputs."""

    parameters: Mapping[str, float]
    source: Any = None
    """The value that the model was given: the `Picture`, the `Sound`, ... at the end of preprocessing."""
