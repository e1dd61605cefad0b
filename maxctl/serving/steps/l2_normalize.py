"""Vectors of length 1: their dot product is then the cosine of the angle between them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .value import Context
from .vectors import Vectors


class L2Normalize(Postprocess):
    """Divide each vector by its length; a vector of zeros stays."""

    step: Literal["l2_normalize"] = "l2_normalize"

    def apply(self, value: Vectors, context: Context) -> Vectors:
        """Return the vectors with length 1."""
        return Vectors(l2_normalize(value.of_items(self.step)))


def l2_normalize(vectors: Array) -> Array:
    """Return float32 [N,D]; lengths below 1e-12 count as that, as in `torch.nn.functional.normalize`."""
    lengths = np.sqrt(np.square(vectors, dtype=np.float64).sum(axis=1, keepdims=True))
    unit: Array = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
