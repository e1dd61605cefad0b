"""The order of the axes of a segmenter's scores."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .maps import Maps
from .options import Postprocess
from .value import Context


class MapLayout(Postprocess):
    """Say that the scores come with their classes first, as PyTorch's models give them."""

    step: Literal["map_layout"] = "map_layout"
    order: Literal["CHW"] = "CHW"

    def apply(self, value: Any, context: Context) -> Maps:
        """Return the scores as [H,W,C]."""
        if not isinstance(value, Maps):
            raise ValueError("map_layout takes scores of pixels: put it first")
        return value.with_values(np.ascontiguousarray(value.values.transpose(1, 2, 0)))
