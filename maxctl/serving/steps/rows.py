"""Rows of a table on their way to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .options import Array


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one request: objects by column name, or lists in the columns' order."""

    rows: tuple[Any, ...]
    field: str = "rows"
    example: bool = False
    """Whether this is the row that warms the engines up: columns that it lacks take their example."""

    def tensors(self) -> dict[str | None, Array]:
        """Raise ValueError: a step has to say which columns there are and of which types."""
        raise ValueError("rows must be made into numbers before the model: add a columns step, or a hook")


@dataclass(frozen=True, slots=True)
class RowTensors:
    """Rows, or texts, as the model takes them: its inputs by name (None: the only one), each [N,...] for N rows."""

    named: Mapping[str | None, Array]

    def tensors(self) -> dict[str | None, Array]:
        """Return them."""
        return dict(self.named)
