"""The order of a picture's colours. Pictures arrive as red, green, blue; OpenCV's models want them reversed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from .options import Preprocess
from .picture import Picture


class ColorOrder(Preprocess):
    """Put the colours in the `order` blue, green, red, or back."""

    step: Literal["color_order"] = "color_order"
    order: Literal["rgb", "bgr"]

    def apply(self, value: Any) -> Picture:
        """Return the picture with its colours in that order."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        pixels = value.channels_last(self.step)
        if pixels.shape[2] != 3:
            raise ValueError(f"color_order takes 3 channels, not {pixels.shape[2]}: put it before grayscale")
        if value.order == self.order:
            return value
        return replace(value, pixels=np.ascontiguousarray(pixels[:, :, ::-1]), order=self.order)
