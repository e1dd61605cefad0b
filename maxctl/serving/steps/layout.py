"""The order of a picture's axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from .options import Preprocess
from .picture import Picture


class Layout(Preprocess):
    """Put the channels first, as PyTorch's models want them, or leave out the only one."""

    step: Literal["layout"] = "layout"
    order: Literal["CHW", "HW"]

    def apply(self, value: Any) -> Picture:
        """Return the picture as [C,H,W] or [H,W]; ValueError where channels would be lost."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        pixels = value.channels_last(self.step)
        if self.order == "CHW":
            return replace(value, pixels=np.ascontiguousarray(pixels.transpose(2, 0, 1)), layout="CHW")
        if pixels.shape[2] != 1:
            raise ValueError(f"layout HW takes 1 channel, not {pixels.shape[2]}: put grayscale before it")
        return replace(value, pixels=pixels[:, :, 0], layout="HW")
