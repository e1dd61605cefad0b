"""A picture with a border, so that it has the size that the model wants."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ..errors import BadInputError  # noqa: TID252
from .options import Array, Preprocess
from .picture import Picture

Color = tuple[float, ...]
Align = Literal["center", "top-left"]
Length = Annotated[int, Field(ge=1, le=16384)]


class Pad(Preprocess):
    """Add a border of `color` up to `width` x `height`, or up to the next multiple of `multiple`."""

    step: Literal["pad"] = "pad"
    width: Length | None = None
    height: Length | None = None
    multiple: Length | None = None
    color: Color = (0.0,)
    """One value for all channels or one for each, in the range that the pixels have at this step."""
    align: Align = "center"
    """Where the picture lies; of an odd border the greater half is below and at the right."""

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        fixed = self.width is not None and self.height is not None
        if fixed == (self.multiple is not None) or (self.width is None) != (self.height is None):
            raise ValueError("needs width and height, or multiple")
        return self

    def apply(self, value: Any) -> Picture:
        """Return the picture with its border; `BadInputError` where it is larger: put resize_side before this step."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        value.channels_last(self.step)
        rows, columns = value.rows_columns()
        if self.multiple is not None:
            height, width = (-(-size // self.multiple) * self.multiple for size in (rows, columns))
        else:
            height, width = self.height or rows, self.width or columns
        if rows > height or columns > width:
            raise BadInputError(
                f"the picture has {columns} x {rows} pixels, more than the {width} x {height} that are accepted"
            )
        top, left = ((height - rows) // 2, (width - columns) // 2) if self.align == "center" else (0, 0)
        return padded(value, height, width, top, left, self.color)


def padded(value: Picture, height: int, width: int, top: int, left: int, color: Color) -> Picture:
    """Return the picture on a ground of `height` x `width` pixels, its first pixel at `top`, `left`."""
    pixels = value.pixels
    rows, columns, channels = pixels.shape
    if (rows, columns) == (height, width):
        return value
    ground = np.empty((height, width, channels), pixels.dtype)
    ground[:] = _ground_color(color, pixels)
    ground[top : top + rows, left : left + columns] = pixels
    part = (-top / rows, -left / columns, (height - top) / rows, (width - left) / columns)
    return value.cut(ground, part)


def _ground_color(color: Color, pixels: Array) -> Array:
    if len(color) not in (1, pixels.shape[2]):
        raise ValueError(f"color has {len(color)} values, and the picture {pixels.shape[2]} channels")
    ground = np.asarray(color, pixels.dtype if pixels.dtype.kind == "f" else np.float64)
    if pixels.dtype.kind != "f" and not np.array_equal(ground, ground.astype(pixels.dtype)):
        raise ValueError(f"color {list(color)} cannot be held by {pixels.dtype} pixels")
    return ground.astype(pixels.dtype)
