"""TensorFlow 2's `tf.image.resize(..., "bicubic")`, antialias false: Keys' filter with half pixel centers."""

from __future__ import annotations

import numpy as np

from .options import Array

TABLE = 1024
"""TensorFlow rounds the way between two pixels to this many steps."""
KEYS = -0.5


def bicubic(pixels: Array, height: int, width: int) -> Array:
    """Return float32 [height,width,C]; values may lie beyond the range of the input."""
    rows, columns, channels = pixels.shape
    down, row_weights = _taps(rows, height)
    across, column_weights = _taps(columns, width)
    # down first, as TensorFlow does; weighted one tap after the other, so that four copies never exist at once
    strips = np.zeros((height, columns, channels), np.float32)
    for tap in range(4):
        strips += pixels[down[:, tap]].astype(np.float32) * row_weights[:, tap, None, None]
    result = np.zeros((height, width, channels), np.float32)
    for tap in range(4):
        result += strips[:, across[:, tap]] * column_weights[:, tap, None]
    return result


def _taps(size: int, wanted: int) -> tuple[Array, Array]:
    """Return [wanted,4] the pixels and their weights; those beyond the edge weigh 0 and the others more."""
    scale = np.float32(size) / np.float32(wanted)
    place = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    floor = np.floor(place)
    step = np.rint((place - floor) * np.float32(TABLE)).astype(np.intp)
    near, far = _table()
    weights = np.stack((far[step], near[step], near[TABLE - step], far[TABLE - step]), axis=1)
    pixels = floor.astype(np.intp)[:, None] + np.arange(-1, 3)
    inside = (pixels >= 0) & (pixels < size)
    weights = np.where(inside, weights, np.float32(0))
    # one that weighs nothing at all stays as it is, as in TensorFlow
    total = weights.sum(axis=1, keepdims=True, dtype=np.float32)
    weights *= np.where(np.abs(total) > 1e-30, np.float32(1) / np.where(total == 0, 1, total), np.float32(1))
    return np.clip(pixels, 0, size - 1), weights.astype(np.float32)


def _table() -> tuple[Array, Array]:
    """Return Keys' cubic at 0..1 and at 1..2, float32 [TABLE+1] each."""
    x = np.arange(TABLE + 1, dtype=np.float64) / TABLE
    near = ((KEYS + 2) * x - (KEYS + 3)) * x * x + 1
    x = x + 1
    far = ((KEYS * x - 5 * KEYS) * x + 8 * KEYS) * x - 4 * KEYS
    return near.astype(np.float32), far.astype(np.float32)
