"""Pixel values in the range that the model was trained with."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from .options import Array, Preprocess
from .picture import Picture


class Scale(Preprocess):
    """Each value becomes `value * multiply + add`; for -1..1, multiply is 2/255 and add is -1."""

    step: Literal["scale"] = "scale"
    multiply: float = Field(default=1.0, allow_inf_nan=False)
    add: float = Field(default=0.0, allow_inf_nan=False)

    def apply(self, value: Any) -> Picture:
        """Return the picture with scaled values."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        return value.with_pixels(scale(value.pixels, self))


def scale(pixels: Array, options: Scale) -> Array:
    """Return float32 of the same shape; both operations are done in float32, as the graph would."""
    scaled: Array = np.multiply(pixels, np.float32(options.multiply), dtype=np.float32)
    scaled += np.float32(options.add)
    return scaled
