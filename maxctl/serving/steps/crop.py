"""The middle of a picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .options import Preprocess
from .pad import padded
from .picture import Picture

Length = Annotated[int, Field(ge=1, le=16384)]


class Crop(Preprocess):
    """Cut out `width` x `height` pixels, the middle `fraction` of each side, or the largest `square`.

    A picture that is smaller than `width` x `height` gets a black border, as in torchvision's CenterCrop.
    """

    step: Literal["crop"] = "crop"
    width: Length | None = None
    height: Length | None = None
    fraction: float | None = Field(default=None, gt=0, le=1)
    square: Literal[True] | None = None
    align: Literal["center", "top-left"] = "center"
    rounding: Literal["half-even", "floor"] = "half-even"
    """Of an odd rest: half of it rounded as torchvision does, or down. TensorFlow's fraction needs neither."""

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        sides = (self.width is not None) + (self.height is not None)
        ways = (sides > 0) + (self.fraction is not None) + (self.square is not None)
        if sides == 1 or ways != 1:
            raise ValueError("needs width and height, or fraction, or square")
        return self

    def apply(self, value: Any) -> Picture:
        """Return the part of the picture."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        value.channels_last(self.step)
        rows, columns = value.rows_columns()
        if self.width is not None and self.height is not None:
            value = _at_least(value, self.height, self.width)
            rows, columns = value.rows_columns()
            return self._cut(value, (rows, self.height), (columns, self.width))
        if self.square:
            side = min(rows, columns)
            return self._cut(value, (rows, side), (columns, side))
        top, left = (_fraction_border(size, self.fraction or 1) for size in (rows, columns))
        if self.align == "top-left":
            return cut(value, 0, 0, rows - 2 * top, columns - 2 * left)
        return cut(value, top, left, rows - 2 * top, columns - 2 * left)

    def _cut(self, value: Picture, tall: tuple[int, int], wide: tuple[int, int]) -> Picture:
        top, left = (0 if self.align == "top-left" else self._half(size - cut) for size, cut in (tall, wide))
        return cut(value, top, left, tall[1], wide[1])

    def _half(self, rest: int) -> int:
        return rest // 2 if self.rounding == "floor" else round(rest / 2)


def cut(value: Picture, top: int, left: int, height: int, width: int) -> Picture:
    """Return `height` x `width` pixels from `top`, `left` on."""
    rows, columns = value.rows_columns()
    if (rows, columns) == (height, width):
        return value
    part = (top / rows, left / columns, (top + height) / rows, (left + width) / columns)
    return value.cut(value.pixels[top : top + height, left : left + width], part)


def _fraction_border(size: int, fraction: float) -> int:
    """Return what `tf.image.central_crop` cuts off at each of two sides."""
    return int((size - size * fraction) / 2)


def _at_least(value: Picture, height: int, width: int) -> Picture:
    """Return the picture with a black border where a side is too short; the greater half comes after it."""
    rows, columns = value.rows_columns()
    tall, wide = max(rows, height), max(columns, width)
    return padded(value, tall, wide, (tall - rows) // 2, (wide - columns) // 2, (0.0,))
