"""What an embedding model answers, before and after the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from .options import Array


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of N items: `values`, float32 [N,D], or [N,T,D] as a model gives them for T tokens."""

    values: Array

    @classmethod
    def from_output(cls, output: Array) -> Self:
        """Return the vectors in a model's output [N,D] or [N,T,D]; axes of size 1 between N and D fall away."""
        values = np.asarray(output)
        if values.dtype.kind not in "fiu" or values.ndim < 2:
            raise ValueError(
                f"embeddings must be numbers [N,D] or [N,T,D], not {values.dtype} {list(values.shape)}"
            )
        if values.ndim > 3:
            middle = tuple(axis for axis in range(1, values.ndim - 1) if values.shape[axis] == 1)
            values = values.squeeze(middle)
            # a picture's [N,D,1,1] has its vector first
            if values.ndim == 3 and values.shape[2] == 1:
                values = values[:, :, 0]
        if values.ndim > 3:
            raise ValueError(f"embeddings must have the shape [N,D] or [N,T,D], not {list(output.shape)}")
        return cls(values.astype(np.float32, copy=False))

    def of_tokens(self, step: str) -> Array:
        """Return [N,T,D]; ValueError where each item has one vector already."""
        if self.values.ndim != 3:
            raise ValueError(f"{step} takes a vector for each token [N,T,D], not {list(self.values.shape)}")
        return self.values

    def of_items(self, step: str) -> Array:
        """Return [N,D]; ValueError where there is still one vector for each token."""
        if self.values.ndim != 2:
            raise ValueError(f"{step} takes one vector an item: put mean_pool or first_token before it")
        return self.values
