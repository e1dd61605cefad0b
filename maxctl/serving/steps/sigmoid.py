"""Scores that are logarithms of odds become probabilities, each class for itself."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .each_score import each_score
from .options import Array, Postprocess
from .value import Context


class Sigmoid(Postprocess):
    """Take `1 / (1 + exp(-score))`, for models of several labels that end before it."""

    step: Literal["sigmoid"] = "sigmoid"

    def apply(self, value: Any, context: Context) -> Any:
        """Return the value with probabilities."""
        return each_score(value, sigmoid)


def sigmoid(scores: Array) -> Array:
    """Return float32 of the same shape; no score is too large for it."""
    # exp of a negative number only, which cannot overflow
    small = np.exp(-np.abs(scores))
    return np.where(scores >= 0, np.float32(1), small) / (np.float32(1) + small)
