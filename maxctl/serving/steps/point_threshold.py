"""Only points of which the model is sure enough stay, and only bodies with enough of them."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from .options import Postprocess
from .points import Points
from .value import Context


class PointThreshold(Postprocess):
    """Keep points with a score above `above`, or above the request's `parameter`."""

    step: Literal["point_threshold"] = "point_threshold"
    above: float | None = Field(default=None, allow_inf_nan=False)
    parameter: str | None = None
    fewest: int = Field(default=1, ge=1)
    """A body with fewer points is left out."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.above is None) == (self.parameter is None):
            raise ValueError("needs either above or parameter")
        return self

    def apply(self, value: Any, context: Context) -> Points:
        """Return the points that are left; NaN is never above."""
        if not isinstance(value, Points):
            raise ValueError("point_threshold takes points: put heat_map_points before it")
        limit = self.above if self.parameter is None else context.parameters[self.parameter]
        kept = value.keep(value.scores.astype(np.float64) > (limit or 0.0))
        return kept.keep(kept.left().sum(axis=1, keepdims=True) >= self.fewest)

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds the threshold."""
        return frozenset() if self.parameter is None else frozenset({self.parameter})
