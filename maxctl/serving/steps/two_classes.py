"""A model that gives one probability, of yes, has the other one too."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .scores import Scores
from .value import Context


class TwoClasses(Postprocess):
    """Make of each probability p the two `1 - p` and `p`, for the classes no and yes."""

    step: Literal["two_classes"] = "two_classes"

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return scores for two classes."""
        return value.with_values(two_classes(value.values))


def two_classes(values: Array) -> Array:
    """Return float32 [N,2] of [N,1]; ValueError where there is another number of classes."""
    if values.shape[1] != 1:
        raise ValueError(f"two_classes takes one probability an item, not {values.shape[1]}")
    return np.concatenate((np.float32(1) - values, values), axis=1)
