"""What a kind of input is: how a request carries it, and how its bytes become a value for the steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may hold before it is decoded further."""

    pixels: int = 50_000_000
    seconds: float = 600.0
    items: int = 256
    """Texts or rows of one request."""


class InputKind(ABC):
    """One kind of input. Instances hold nothing."""

    name: ClassVar[str]
    carried: ClassVar[Literal["file", "json"]]
    """In a MAX request: a file of a form, or a value in a JSON object; both under the input's field."""
    default_field: ClassVar[str]
    first_step: ClassVar[str | None] = None
    """The step that every chain for this kind begins with."""
    one_tensor: ClassVar[bool] = False
    """Whether the value is always one input of the model."""
    help: ClassVar[str]
    """What is accepted, in words that end like those of the Model Asset eXchange."""
    datatypes: ClassVar[tuple[str, ...]]
    """Datatypes of the Open Inference Protocol that are understood; the first is the one to advertise."""

    @abstractmethod
    def decode(self, data: bytes, limits: Limits, field: str) -> Any:
        """Return the first value for the steps from a file's bytes, or from JSON where `carried` says so.

        Raises `BadInputError`, or `TooManyPixelsError` for what is over a limit.
        """

    @abstractmethod
    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Any:
        """Return the same from one tensor of the Open Inference Protocol.

        `data` is a NumPy array of that shape for numbers, and a list of `bytes` for BYTES.
        """

    @abstractmethod
    def example(self) -> Any:
        """Return a small harmless value, to warm the engines up with."""

    def tensor_shape(self) -> list[int]:
        """Return the shape to advertise for the first datatype; -1 stands for any size."""
        return [1]

    def advertised(self, steps: Sequence[Any]) -> tuple[str, list[int]]:
        """Return the datatype and the shape that a service with these first steps asks for."""
        return self.datatypes[0], self.tensor_shape()

    def json_schema(self, limits: Limits, steps: Sequence[Any] = ()) -> dict[str, Any]:
        """Return the JSON Schema of the field's value, for kinds that are carried in JSON."""
        return {}


NUMBERS: Mapping[str, type[np.generic]] = {
    "UINT8": np.uint8,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}
"""Datatypes of the Open Inference Protocol that are numbers."""
