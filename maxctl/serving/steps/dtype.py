"""The number type of the model's input."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from .options import Array, Preprocess
from .picture import Picture


class Dtype(Preprocess):
    """Make the values `dtype`; for a quantized model `value / scale + zero_point`.

    Whole numbers end at the limits of the type. `nearest` rounds halves away from 0, as TFLite's Quantize does,
    `nearest-even` as NumPy and ONNX do, and `truncate` drops what is behind the point, as a cast does.
    """

    step: Literal["dtype"] = "dtype"
    dtype: Literal["uint8", "int8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64"]
    scale: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    zero_point: int = 0
    rounding: Literal["nearest", "nearest-even", "truncate"] = "nearest"

    @model_validator(mode="after")
    def _quantized(self) -> Self:
        if self.scale is None and self.zero_point:
            raise ValueError("zero_point needs scale")
        if self.scale is not None and self.dtype.startswith("float"):
            raise ValueError(f"scale is for whole numbers, not {self.dtype}: use the step scale")
        return self

    def apply(self, value: Any) -> Picture:
        """Return the picture with values of that type."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        return value.with_pixels(converted(value.pixels, self))


def converted(values: Array, options: Dtype) -> Array:
    """Return the same values in the wanted type."""
    wanted = np.dtype(options.dtype)
    if wanted.kind == "f":
        return values.astype(wanted, copy=False)
    if options.scale is not None:
        values = values.astype(np.float32) / np.float32(options.scale)
    if values.dtype.kind == "f":
        values = _rounded(values.astype(np.float64), options.rounding)
    whole = values.astype(np.int64) + options.zero_point
    limits = np.iinfo(wanted)
    return np.clip(whole, limits.min, limits.max).astype(wanted)


def _rounded(values: Array, rounding: str) -> Array:
    if rounding == "truncate":
        return np.trunc(values)
    if rounding == "nearest-even":
        return np.rint(values)
    return np.copysign(np.floor(np.abs(values) + 0.5), values)
