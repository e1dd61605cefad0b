"""Each point where its heat map is hottest: one body or face in a picture."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .options import Array, Postprocess
from .points import HeatMaps, Points
from .value import Context


class HeatMapPoints(Postprocess):
    """Take of each heat map its highest value and the place where it is."""

    step: Literal["heat_map_points"] = "heat_map_points"
    layout: Literal["HWC", "CHW"] = "HWC"
    refine: Literal["none", "quarter"] = "none"
    """`quarter`: move by a quarter of a cell towards the higher neighbour, as HRNet and Simple Baselines do."""
    place: Literal["middle", "corner"] = "middle"
    """Whether a cell stands for its middle, or, as in HRNet, for its corner at the top left."""

    def apply(self, value: Any, context: Context) -> Points:
        """Return one body of as many points as there are heat maps."""
        if not isinstance(value, HeatMaps):
            raise ValueError(
                "heat_map_points takes heat maps: name the output's role heat_maps, and put it first"
            )
        maps = value.values if self.layout == "HWC" else value.values.transpose(1, 2, 0)
        return heat_map_points(maps, self)


def heat_map_points(maps: Array, options: HeatMapPoints) -> Points:
    """Return the points of [H,W,K]; of equal values the first, row after row, is taken."""
    height, width, count = maps.shape
    flat = maps.reshape(height * width, count)
    best = flat.argmax(axis=0)
    scores = flat[best, np.arange(count)]
    cells = np.stack(np.divmod(best, width), axis=1)
    places = cells.astype(np.float64)
    if options.refine == "quarter":
        places += 0.25 * _slopes(maps, cells)
    if options.place == "middle":
        places += 0.5
    parts = places / np.array([height, width])
    return Points(parts.astype(np.float32)[np.newaxis], scores.astype(np.float32)[np.newaxis])


def _slopes(maps: Array, cells: Array) -> Array:
    """Return [K,2] the signs of the differences of the neighbours below and above, right and left.

    0 where a cell is at the edge, or one from it at the top or left, as in HRNet's `get_final_preds`.
    """
    height, width, count = maps.shape
    signs = np.zeros((count, 2))
    for number, (y, x) in enumerate(cells.tolist()):
        if 1 < x < width - 1 and 1 < y < height - 1:
            down = maps[y + 1, x, number] - maps[y - 1, x, number]
            right = maps[y, x + 1, number] - maps[y, x - 1, number]
            signs[number] = np.sign(down), np.sign(right)
    return signs
