"""TensorFlow 1's ResizeBilinear (align_corners and half_pixel_centers false), to the last bit of float32.

Detectors of TensorFlow 1 have this filter inside; any other moves their scores by up to .05.
"""

from __future__ import annotations

import numpy as np

from .options import Array


def legacy_bilinear(pixels: Array, height: int, width: int) -> Array:
    """Return [H,W,C] resized to float32 [height,width,C], values in the range of the input.

    The order of the operations is TensorFlow's: across, then down, each as `a + (b - a) * fraction`.
    """
    rows_in, columns_in, channels = pixels.shape
    top, bottom, down = _neighbours(rows_in, height)
    left, right, across = _neighbours(columns_in, width)
    # each row that is needed goes across once, though two rows of the result may use it
    needed, places = np.unique(np.concatenate((top, bottom)), return_inverse=True)
    flat = pixels.reshape(rows_in, columns_in * channels)
    if len(needed) < rows_in:
        flat = flat[needed]
    # single values are gathered several times faster than groups of three
    channel = np.arange(channels)
    first = np.take(flat, (left[:, None] * channels + channel).ravel(), axis=1).astype(np.float32)
    strips = np.take(flat, (right[:, None] * channels + channel).ravel(), axis=1).astype(np.float32)
    strips -= first
    strips *= np.repeat(across, channels)
    strips += first
    upper, result = strips[places[:height]], strips[places[height:]]
    result -= upper
    result *= down[:, None]
    result += upper
    resized: Array = result.reshape(height, width, channels)
    return resized


def _neighbours(size: int, wanted: int) -> tuple[Array, Array, Array]:
    """Return for each of `wanted` places the pixel before, the one after, and the way between (float32)."""
    place = np.arange(wanted, dtype=np.float32) * (np.float32(size) / np.float32(wanted))
    floor = np.floor(place)
    before = np.minimum(floor.astype(np.intp), size - 1)
    return before, np.minimum(before + 1, size - 1), place - floor
