"""One answer for a whole sound, from those for its windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .scores import Scores
from .value import Context
from .vectors import Vectors


class AverageWindows(Postprocess):
    """Take the mean over the windows."""

    step: Literal["average_windows"] = "average_windows"

    def apply(self, value: Scores | Vectors, context: Context) -> Scores | Vectors:
        """Return scores [1,C], or one vector [1,D]."""
        if isinstance(value, Vectors):
            return Vectors(average_windows(value.of_items(self.step)))
        return _pooled(value, average_windows(value.values), self.step)


class MaxWindows(Postprocess):
    """Take the highest score of each class over the windows: what sounds anywhere counts."""

    step: Literal["max_windows"] = "max_windows"

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return scores [1,C]."""
        return _pooled(value, value.values.max(axis=0, keepdims=True), self.step)


def average_windows(values: Array) -> Array:
    """Return float32 [1,C], the mean of [W,C]; the sum is in double precision."""
    mean: Array = values.mean(axis=0, dtype=np.float64, keepdims=True).astype(np.float32)
    return mean


def _pooled(value: Scores, values: Array, step: str) -> Scores:
    if value.kept is not None:
        raise ValueError(f"{step} takes all classes: put it before top_k and threshold")
    return replace(value, values=values, pooled=True)
