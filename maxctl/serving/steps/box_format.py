"""The form in which a detector gives its boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from .candidates import Candidates
from .options import Array, Postprocess
from .picture import Picture
from .value import Context

Format = Literal["yxyx", "xyxy", "xywh", "yxhw", "cxcywh", "cycxhw"]


class BoxFormat(Postprocess):
    """Say that boxes come in another form than ymin, xmin, ymax, xmax in parts of the model's input.

    `xyxy`: two corners; `xywh`: the corner at the top left, width and height; `cxcywh`: the middle, width and
    height; the others the same with y before x. `pixels` are those of the model's input.
    """

    step: Literal["box_format"] = "box_format"
    format: Format
    unit: Literal["parts", "pixels"] = "parts"

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates with boxes as all other steps take them."""
        boxes = corners(value.boxes, self.format)
        if self.unit == "pixels":
            if not isinstance(context.source, Picture):
                raise ValueError("box_format needs a picture as input to know its pixels")
            boxes = boxes / np.array(context.source.rows_columns() * 2, np.float32)
        return replace(value, boxes=boxes)


def corners(boxes: Array, form: Format) -> Array:
    """Return float32 [N,4] ymin, xmin, ymax, xmax, in the unit of the boxes [N,4]."""
    if form in ("xyxy", "xywh", "cxcywh"):
        boxes = boxes[:, [1, 0, 3, 2]]
    first, second = boxes[:, :2], boxes[:, 2:]
    if form in ("xywh", "yxhw"):
        first, second = first, first + second
    elif form in ("cxcywh", "cycxhw"):
        half = second / np.float32(2)
        first, second = first - half, first + half
    return np.concatenate((first, second), axis=1).astype(np.float32)
