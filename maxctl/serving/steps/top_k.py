"""Only the best classes stay."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from .options import Array, Postprocess
from .scores import Scores
from .value import Context


class TopK(Postprocess):
    """Keep the `k` classes with the highest scores, or as many as the request's `parameter` says."""

    step: Literal["top_k"] = "top_k"
    k: int | None = Field(default=None, ge=1)
    parameter: str | None = None
    """A parameter that stands for a whole number; what is behind the point is dropped."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.k is None) == (self.parameter is None):
            raise ValueError("needs either k or parameter")
        return self

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return the scores with the best ones left."""
        k = self.k if self.parameter is None else max(0, int(context.parameters[self.parameter]))
        return value.keep(top_k(value, k or 0))

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds k."""
        return frozenset() if self.parameter is None else frozenset({self.parameter})


def top_k(scores: Scores, k: int) -> Array:
    """Return bool [N,C], the k best of those that are left of each item; of equal scores the lower id wins."""
    mask = np.zeros(scores.values.shape, bool)
    for item in range(len(mask)):
        for place, (label_id, _) in enumerate(scores.ranked(item)):
            if place == k:
                break
            mask[item, label_id - scores.first_id] = True
    return mask
