"""What an engine is: something that loads a model file and maps named arrays to named arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class EngineError(Exception):
    """The model cannot be loaded by this engine; says which file and why."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor of a signature: NumPy's name of its type, and its shape with None where any size fits."""

    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """The names by which a model is called and answers."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]


class Engine(ABC):
    """One loaded model. It is used by one thread at a time, unless `shareable`."""

    name: ClassVar[str]
    shareable: ClassVar[bool] = False
    """True where one loaded model may be called by several threads at once, so that a pool loads it once."""
    own_threads: ClassVar[bool] = True
    """False where threads belong to the process, so that no engine can have more of them than another."""

    @classmethod
    @abstractmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Return the loaded model, computing with `threads` threads; raises `EngineError`."""

    @classmethod
    @abstractmethod
    def version(cls) -> str:
        """Return the version of the framework behind the engine."""

    @property
    @abstractmethod
    def signature(self) -> Signature:
        """Return the names, types and shapes of inputs and outputs."""

    @abstractmethod
    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return every output by name; the arrays belong to the caller and outlive the next call."""
