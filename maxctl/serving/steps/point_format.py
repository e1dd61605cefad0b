"""The form in which a model gives its points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from .options import Postprocess
from .picture import Picture
from .points import Points
from .value import Context


class PointFormat(Postprocess):
    """Say that points come as x, y, or in pixels of the model's input, instead of y, x in parts of it."""

    step: Literal["point_format"] = "point_format"
    order: Literal["yx", "xy"] = "yx"
    unit: Literal["parts", "pixels"] = "parts"

    def apply(self, value: Any, context: Context) -> Points:
        """Return the points as all other steps take them."""
        if not isinstance(value, Points):
            raise ValueError("point_format takes points, not heat maps")
        places = value.places if self.order == "yx" else value.places[..., ::-1]
        if self.unit == "pixels":
            if not isinstance(context.source, Picture):
                raise ValueError("point_format needs a picture as input to know its pixels")
            places = places / np.array(context.source.rows_columns(), np.float32)
        return replace(value, places=places.astype(np.float32))
