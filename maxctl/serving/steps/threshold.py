"""Only classes that score above the request's threshold stay."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .scores import Scores
from .value import Context


class Threshold(Postprocess):
    """Keep scores above the request's `parameter`."""

    step: Literal["threshold"] = "threshold"
    parameter: str = "threshold"

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return the scores with only those above the threshold left."""
        return value.keep(threshold(value.values, context.parameters[self.parameter]))

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds the threshold."""
        return frozenset({self.parameter})


def threshold(values: Array, least: float) -> Array:
    """Return bool of the same shape, true where a value is greater than `least`, not equal; NaN never is.

    Compared in double precision: what holds for the numbers in the answer is then what was compared here.
    """
    above: Array = values.astype(np.float64) > least
    return above
