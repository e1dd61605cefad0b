"""Scores that are logarithms of odds become probabilities that add up to 1."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .each_score import each_score
from .options import Array, Postprocess
from .value import Context


class Softmax(Postprocess):
    """Take the softmax over the classes, for models that end before it."""

    step: Literal["softmax"] = "softmax"

    def apply(self, value: Any, context: Context) -> Any:
        """Return the value with probabilities."""
        return each_score(value, softmax)


def softmax(scores: Array) -> Array:
    """Return float32 of the same shape, which adds up to 1 along the last axis."""
    if scores.ndim < 2:
        raise ValueError("softmax takes a score for each class: put it before class_scores")
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares
