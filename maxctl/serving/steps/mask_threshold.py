"""Pixels of one class, for models that give one score for each."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from .maps import Maps, Mask
from .options import Postprocess
from .value import Context


class MaskThreshold(Postprocess):
    """Give class 1 to pixels with a score above `above`, or above the request's `parameter`; 0 to the others."""

    step: Literal["mask_threshold"] = "mask_threshold"
    above: float | None = Field(default=None, allow_inf_nan=False)
    parameter: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.above is None) == (self.parameter is None):
            raise ValueError("needs either above or parameter")
        return self

    def apply(self, value: Any, context: Context) -> Mask:
        """Return the class of each pixel."""
        if not isinstance(value, Maps):
            raise ValueError("mask_threshold takes scores of pixels, and the classes are decided already")
        limit = self.above if self.parameter is None else context.parameters[self.parameter]
        return mask_threshold(value, limit or 0.0)

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds the threshold."""
        return frozenset() if self.parameter is None else frozenset({self.parameter})


def mask_threshold(maps: Maps, limit: float) -> Mask:
    """Return int32 [H,W] of 0 and 1. A pixel that the model was not shown is 0; NaN is never above."""
    if maps.values.shape[2] != 1:
        raise ValueError(f"mask_threshold takes one class, not {maps.values.shape[2]}: use argmax_mask")
    ids = np.empty(maps.size(), np.int32)
    for rows, scores in maps.bands():
        ids[rows] = scores[:, :, 0].astype(np.float64) > limit
    seen = maps.seen()
    return Mask(ids if seen is None else ids * seen)
