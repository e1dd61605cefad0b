"""Boxes that a detector gives as differences from anchors, such as those of SSD."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from .candidates import Candidates
from .options import Array, Postprocess, StepOptions
from .value import Context

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=4096)]


class AnchorLayer(StepOptions):
    """One grid: in each of its cells, row after row, the same boxes around the same middle."""

    rows: Count
    columns: Count
    boxes: tuple[tuple[Positive, Positive], ...] = Field(min_length=1)
    """Height and width of each box, in parts of the model's input."""
    offset: float = 0.5
    """Where in its cell the middle lies, in parts of the cell."""


class SsdAnchors(StepOptions):
    """The anchors of TensorFlow's Object Detection API, `ssd_anchor_generator`, for square inputs.

    The boxes of layer i have the scale `lowest + (highest - lowest) * i / (layers - 1)`: one for each of
    `ratios` (width : height), and a square one between this scale and the next. The first layer has three
    boxes only, of scale .1 and twice its own with the ratios 2 and .5, where `reduced`.
    """

    grids: tuple[tuple[Count, Count], ...] = Field(min_length=2)
    """Rows and columns of each layer, the finest first: 19 x 19, 10 x 10, 5 x 5, 3 x 3, 2 x 2, 1 x 1."""
    lowest: Positive = 0.2
    highest: Positive = 0.95
    ratios: tuple[Positive, ...] = (1.0, 2.0, 0.5, 3.0, 0.3333)
    between: bool = True
    reduced: bool = True

    def layers(self) -> tuple[AnchorLayer, ...]:
        """Return the layers with the boxes that the scales and ratios give."""
        count = len(self.grids)
        scales = [self.lowest + (self.highest - self.lowest) * i / (count - 1) for i in range(count)]
        scales.append(1.0)
        layers = []
        for number, (rows, columns) in enumerate(self.grids):
            scale, following = scales[number], scales[number + 1]
            shapes = [(scale, ratio) for ratio in self.ratios]
            if number == 0 and self.reduced:
                shapes = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
            elif self.between:
                shapes.append((math.sqrt(scale * following), 1.0))
            boxes = tuple((size / math.sqrt(ratio), size * math.sqrt(ratio)) for size, ratio in shapes)
            layers.append(AnchorLayer(rows=rows, columns=columns, boxes=boxes))
        return tuple(layers)


class DecodeBoxes(Postprocess):
    """Add the differences to the anchors, of which there must be as many as candidates, in the same order.

    A middle becomes `difference * variance * size + middle`. A side becomes `size * exp(difference * variance)`,
    or with `sides` linear `size * difference * variance`, as in the models of MediaPipe.
    """

    step: Literal["decode_boxes"] = "decode_boxes"
    anchors: SsdAnchors | None = None
    layers: tuple[AnchorLayer, ...] = ()
    order: Literal["cycxhw", "cxcywh"] = "cycxhw"
    """Of the four differences: middle and size, y first (TensorFlow) or x first."""
    variances: tuple[Positive, Positive] = (0.1, 0.2)
    """Of the middle and of the size; TensorFlow's scale factors 10 and 5 are .1 and .2."""
    sides: Literal["exponential", "linear"] = "exponential"

    @model_validator(mode="after")
    def _one_source(self) -> DecodeBoxes:
        if (self.anchors is None) != bool(self.layers):
            raise ValueError("needs either anchors or layers")
        return self

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates with boxes ymin, xmin, ymax, xmax in parts of the model's input."""
        layers = self.layers if self.anchors is None else self.anchors.layers()
        return replace(value, boxes=decode_boxes(value.boxes, anchors(layers), self))


@lru_cache(maxsize=8)
def anchors(layers: Sequence[AnchorLayer]) -> Array:
    """Return float32 [N,4], middle y, middle x, height, width: by layer, row, column, box."""
    parts = []
    for layer in layers:
        y = (np.arange(layer.rows) + layer.offset) / layer.rows
        x = (np.arange(layer.columns) + layer.offset) / layer.columns
        shape = (layer.rows, layer.columns, len(layer.boxes), 2)
        middles = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1)[:, :, np.newaxis]
        sizes = np.asarray(layer.boxes)
        parts.append(
            np.concatenate((np.broadcast_to(middles, shape), np.broadcast_to(sizes, shape)), axis=-1)
        )
    placed = np.concatenate([part.reshape(-1, 4) for part in parts]).astype(np.float32)
    placed.setflags(write=False)
    return placed


def decode_boxes(differences: Array, placed: Array, options: DecodeBoxes) -> Array:
    """Return float32 [N,4] ymin, xmin, ymax, xmax; ValueError where the numbers of anchors differ."""
    if len(differences) != len(placed):
        raise ValueError(
            f"decode_boxes has {len(placed)} anchors, but the model gives {len(differences)} boxes"
        )
    if options.order == "cxcywh":
        differences = differences[:, [1, 0, 3, 2]]
    of_middle, of_size = (np.float32(variance) for variance in options.variances)
    middles = differences[:, :2] * of_middle * placed[:, 2:] + placed[:, :2]
    sides = differences[:, 2:] * of_size
    halves = placed[:, 2:] * (np.exp(sides) if options.sides == "exponential" else sides) / np.float32(2)
    return np.concatenate((middles - halves, middles + halves), axis=1).astype(np.float32)
