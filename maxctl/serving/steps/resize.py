"""A picture in the size that the model wants. Which filter does it belongs to the model's contract."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from PIL import Image
from pydantic import Field

from .legacy_bilinear import legacy_bilinear
from .options import Array, Preprocess
from .picture import Picture

PILLOW_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}


class Resize(Preprocess):
    """Stretch to `width` x `height` pixels with TensorFlow 1's bilinear filter or one of Pillow's."""

    step: Literal["resize"] = "resize"
    width: int = Field(ge=1, le=16384)
    height: int = Field(ge=1, le=16384)
    filter: Literal["tensorflow-legacy-bilinear", "bilinear", "bicubic", "lanczos", "nearest"]

    def apply(self, value: Any) -> Picture:
        """Return the picture in the wanted size."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        return value.with_pixels(resize(value.pixels, self))


def resize(pixels: Array, options: Resize) -> Array:
    """Return [height,width,3]: float32 in the range of the pixels from TensorFlow's filter, else uint8."""
    if options.filter == "tensorflow-legacy-bilinear":
        return legacy_bilinear(pixels, options.height, options.width)
    if pixels.dtype != np.uint8:
        raise ValueError(
            f"resize by {options.filter} takes uint8 pixels, not {pixels.dtype}: put it before scale"
        )
    size = (options.width, options.height)
    return np.asarray(Image.fromarray(pixels).resize(size, PILLOW_FILTERS[options.filter]))
