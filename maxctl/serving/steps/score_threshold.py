"""Only what scores above the request's threshold stays."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .candidates import Candidates
from .options import Postprocess
from .value import Context


class ScoreThreshold(Postprocess):
    """Keep scores above the request's `parameter`; for models that have suppressed already."""

    step: Literal["score_threshold"] = "score_threshold"
    parameter: str = "threshold"

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates above the request's threshold."""
        return score_threshold(value, context.parameters[self.parameter])

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds the threshold."""
        return frozenset({self.parameter})


def score_threshold(found: Candidates, threshold: float) -> Candidates:
    """Return the candidates whose score is greater than `threshold`, not equal; NaN is never greater.

    Compared in double precision: what holds for the numbers in the answer is then what was compared here.
    """
    found.decided()
    return found.take(found.scores.astype(np.float64) > threshold)
