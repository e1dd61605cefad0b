"""Which size a picture gets when its proportions are kept. The last pixel depends on whose arithmetic it is."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

Rounding = Literal["floor", "ratio-floor", "ratio-half-up", "ratio-half-even", "tensorflow"]
"""How `size * wanted / side` becomes whole pixels.

- `floor`: `int(wanted * size / side)`; torchvision's Resize.
- `ratio-floor`: `int(wanted / side * size)`, for the side itself too; DeepLab's demo, MAX's segmenter.
- `ratio-half-up`: JavaScript's `Math.round(wanted / side * size)`; MAX's packages for the browser.
- `ratio-half-even`: Python's `round(wanted / side * size)`; YOLO's letterbox.
- `tensorflow`: `floor(size / (side / wanted))` in float32; `tf.image.resize_with_pad`.
"""


def fitted(size: int, side: int, wanted: int, rounding: Rounding) -> int:
    """Return what becomes of `size` when `side` becomes `wanted`; at least 1."""
    if rounding == "floor":
        return max(1, int(wanted * size / side))
    if rounding == "tensorflow":
        return max(1, math.floor(np.float32(size) / (np.float32(side) / np.float32(wanted))))
    exact = wanted / side * size
    if rounding == "ratio-floor":
        return max(1, int(exact))
    return max(1, math.floor(exact + 0.5) if rounding == "ratio-half-up" else round(exact))
