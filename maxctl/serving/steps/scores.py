"""What a classifier answers, before and after the steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from .options import Array


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of N items (pictures, windows of a sound, texts) for C classes.

    `values`: float32 [N,C]. `kept`: bool [N,C], which of them steps such as `top_k` and `threshold` have left;
    None for all. The first column is the class with id `first_id`. `pooled`: whether the items have been made
    one, as `average_windows` does.
    """

    values: Array
    kept: Array | None = None
    first_id: int = 0
    pooled: bool = False

    @classmethod
    def from_output(cls, output: Array) -> Self:
        """Return the scores in a model's output [N,C], [N,1,...,C] or [N] (one class).

        ValueError where they are no numbers or have another shape.
        """
        values = np.asarray(output)
        if values.dtype.kind not in "fiub" or not values.size:
            raise ValueError(f"scores must be numbers [N,C], not {values.dtype} {list(values.shape)}")
        rows = values.shape[0] if values.ndim else 1
        columns = values.shape[-1] if values.ndim > 1 else 1
        if values.size != rows * columns:
            raise ValueError(f"scores must have the shape [N,C], not {list(values.shape)}")
        return cls(values.reshape(rows, columns).astype(np.float32, copy=False))

    def with_values(self, values: Array) -> Self:
        """Return other scores of the same items and classes."""
        return replace(self, values=values)

    def keep(self, mask: Array) -> Self:
        """Return the scores with only those left that were left before and are true in `mask` [N,C]."""
        return replace(self, kept=mask if self.kept is None else self.kept & mask)

    def ranked(self, item: int) -> Iterator[tuple[int, float]]:
        """Yield id and score of an item's classes that are left: the highest score first, ties by id."""
        values = self.values[item]
        for column in np.argsort(-values, kind="stable").tolist():
            if self.kept is None or self.kept[item, column]:
                yield self.first_id + column, float(values[column])
