"""A picture with one side of a given length, in its own proportions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .filters import Filter, resized
from .fitted_size import Rounding, fitted
from .options import Preprocess
from .picture import Picture


class ResizeSide(Preprocess):
    """Give the `shorter` or the `longer` side `length` pixels, and the other one what keeps the proportions."""

    step: Literal["resize_side"] = "resize_side"
    side: Literal["shorter", "longer"]
    length: int = Field(ge=1, le=16384)
    filter: Filter
    rounding: Rounding = "floor"
    enlarge: bool = True
    """Whether a smaller picture grows, too."""
    most: int = Field(default=16384, ge=1, le=16384)
    """The most that the longer side may become, as in detectors that take 800 x up to 1333 pixels."""

    def apply(self, value: Any) -> Picture:
        """Return the picture in its new size."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        pixels = value.channels_last(self.step)
        height, width = side_resized(*value.rows_columns(), self)
        return value.with_pixels(resized(pixels, height, width, self.filter))


def side_resized(rows: int, columns: int, options: ResizeSide) -> tuple[int, int]:
    """Return the new height and width."""
    side, length = (min if options.side == "shorter" else max)(rows, columns), options.length
    if not options.enlarge:
        length = min(length, side)
    height, width = (fitted(size, side, length, options.rounding) for size in (rows, columns))
    if max(height, width) <= options.most:
        return height, width
    longer = max(rows, columns)
    return (
        min(options.most, fitted(rows, longer, options.most, options.rounding)),
        min(options.most, fitted(columns, longer, options.most, options.rounding)),
    )
