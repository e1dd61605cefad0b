"""A picture in the size that the model wants. Which filter does it belongs to the model's contract."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .filters import PILLOW_FILTERS, Filter, resized
from .options import Array, Preprocess
from .picture import Picture

__all__ = ["PILLOW_FILTERS", "Resize", "resize"]


class Resize(Preprocess):
    """Stretch to `width` x `height` pixels with a filter of Pillow, OpenCV, TensorFlow or PyTorch."""

    step: Literal["resize"] = "resize"
    width: int = Field(ge=1, le=16384)
    height: int = Field(ge=1, le=16384)
    filter: Filter

    def apply(self, value: Any) -> Picture:
        """Return the picture in the wanted size."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        return value.with_pixels(resize(value.channels_last(self.step), self))


def resize(pixels: Array, options: Resize) -> Array:
    """Return [height,width,C]: uint8 from Pillow's filters, float32 in the range of the pixels from others."""
    return resized(pixels, options.height, options.width, options.filter)
