"""A picture on its way to the model, with the place that it has in the picture that was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .options import Array

Window = tuple[float, float, float, float]
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels [H,W,C] (or [C,H,W] or [H,W] after a layout step), and where they come from.

    `height` and `width` are those of the picture that was sent, turned upright. `window` is the rectangle of
    it that the pixels show: ymin, xmin, ymax, xmax in parts of its height and width, below 0 or above 1 where
    the pixels are padding. A point at `(y, x)` in parts of the model's input lies at
    `ymin + y * (ymax - ymin)` in the picture.
    """

    pixels: Array
    height: int
    width: int
    window: Window = WHOLE
    layout: Literal["HWC", "CHW", "HW"] = "HWC"
    order: Literal["rgb", "bgr"] = "rgb"
    """Of the colours, where there are three."""

    @classmethod
    def whole(cls, pixels: Array) -> Picture:
        """Return a picture as it was sent."""
        return cls(pixels, pixels.shape[0], pixels.shape[1])

    def with_pixels(self, pixels: Array) -> Picture:
        """Return other pixels that show the same part."""
        return replace(self, pixels=pixels)

    def cut(self, pixels: Array, part: Window) -> Picture:
        """Return pixels that show `part` of what these show; beyond 0..1 where they were padded."""
        top, left, bottom, right = self.window
        tall, wide = bottom - top, right - left
        return replace(
            self,
            pixels=pixels,
            window=(top + part[0] * tall, left + part[1] * wide, top + part[2] * tall, left + part[3] * wide),
        )

    def rows_columns(self) -> tuple[int, int]:
        """Return the height and width of the pixels, whatever their layout."""
        rows, columns = self.pixels.shape[1:] if self.layout == "CHW" else self.pixels.shape[:2]
        return int(rows), int(columns)

    def channels_last(self, step: str) -> Array:
        """Return the pixels [H,W,C]; ValueError where a layout step came before `step`."""
        if self.layout != "HWC":
            raise ValueError(f"{step} takes pixels [H,W,C], not {self.layout}: put it before layout")
        return self.pixels

    def boxes_in_whole(self, boxes: Array) -> Array:
        """Return boxes [N,4] (ymin, xmin, ymax, xmax) given in parts of the pixels, in parts of the whole."""
        if self.window == WHOLE:
            return boxes  # to the last bit
        top, left, bottom, right = self.window
        size = np.array([bottom - top, right - left] * 2, np.float32)
        return (boxes * size + np.array([top, left] * 2, np.float32)).astype(np.float32)

    def points_in_whole(self, points: Array) -> Array:
        """Return points [...,2] (y, x) given in parts of the pixels, in parts of the whole."""
        top, left, bottom, right = self.window
        size = np.array([bottom - top, right - left], np.float32)
        return (points * size + np.array([top, left], np.float32)).astype(np.float32)

    def tensors(self) -> dict[str | None, Array]:
        """Return the pixels as the model's only input, a batch of one."""
        return {None: self.pixels[np.newaxis]}
