"""A picture inside a frame of the model's size, with its proportions kept and a border around it."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import Field

from .filters import Filter, resized
from .fitted_size import Rounding, fitted
from .options import Preprocess
from .pad import Align, Color, padded
from .picture import Picture


class Letterbox(Preprocess):
    """Fit the picture into `width` x `height` and fill the rest with `color`."""

    step: Literal["letterbox"] = "letterbox"
    width: int = Field(ge=1, le=16384)
    height: int = Field(ge=1, le=16384)
    filter: Filter
    color: Color = (114.0,)
    """One value for all channels or one for each, in the range that the pixels have at this step."""
    align: Align = "center"
    rounding: Rounding = "ratio-half-even"
    enlarge: bool = True
    """Whether a smaller picture grows, too."""
    multiple: int | None = Field(default=None, ge=1)
    """With it, the border goes only to the next multiple, as YOLO's `auto` does with the model's stride."""

    def apply(self, value: Any) -> Picture:
        """Return the framed picture."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        pixels = value.channels_last(self.step)
        rows, columns = value.rows_columns()
        height, width = inner_size(rows, columns, self)
        inner = value.with_pixels(resized(pixels, height, width, self.filter))
        extra_rows, extra_columns = self.height - height, self.width - width
        if self.multiple is not None:
            extra_rows, extra_columns = extra_rows % self.multiple, extra_columns % self.multiple
        top, left = 0, 0
        if self.align == "center":
            top, left = extra_rows // 2, extra_columns // 2
            if self.rounding == "tensorflow" and self.multiple is None:
                top, left = _tensorflow_border(rows, columns, self)
        return padded(inner, height + extra_rows, width + extra_columns, top, left, self.color)


def inner_size(rows: int, columns: int, options: Letterbox) -> tuple[int, int]:
    """Return the height and width of what is inside the frame, which is never larger than the frame."""
    by_height = options.height * columns <= options.width * rows
    side, wanted = (rows, options.height) if by_height else (columns, options.width)
    if not options.enlarge:
        wanted = min(wanted, side)
    return (
        min(options.height, fitted(rows, side, wanted, options.rounding)),
        min(options.width, fitted(columns, side, wanted, options.rounding)),
    )


def _tensorflow_border(rows: int, columns: int, options: Letterbox) -> tuple[int, int]:
    """Return the border above and at the left as `tf.image.resize_with_pad` counts it: from the exact size."""
    frame = np.array([options.height, options.width], np.float32)
    size = np.array([rows, columns], np.float32)
    ratio = (size / frame).max()
    if not options.enlarge:
        ratio = max(ratio, np.float32(1))
    top, left = np.maximum(np.floor((frame - size / ratio) / np.float32(2)), 0).tolist()
    return math.floor(top), math.floor(left)
