"""Bilinear interpolation in float32, and where TensorFlow 2 and PyTorch take its neighbours from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .options import Array


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each row (or column) of a result: the one before, the one after, and the way between, float32."""

    before: Array
    after: Array
    fraction: Array


def half_pixel(size: int, wanted: int) -> Neighbours:
    """Return the neighbours where pixels are areas: the middle of a pixel lies at .5.

    `tf.image.resize` (half_pixel_centers), `torch.nn.functional.interpolate` (align_corners=False) and
    ONNX's `half_pixel` put them so: `(x + .5) * size / wanted - .5`, computed in float32.
    """
    scale = np.float32(size) / np.float32(wanted)
    place = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    floor = np.floor(place)
    before = np.maximum(floor.astype(np.intp), 0)
    after = np.minimum(np.ceil(place).astype(np.intp), size - 1)
    return Neighbours(np.minimum(before, size - 1), after, place - floor)


def bilinear(pixels: Array, down: Neighbours, across: Neighbours) -> Array:
    """Return float32 [len(down),len(across),C]: across, then down, each as `a + (b - a) * fraction`."""
    rows_in, columns_in, channels = pixels.shape
    height, width = len(down.before), len(across.before)
    # each row that is needed goes across once, though two rows of the result may use it
    needed, places = np.unique(np.concatenate((down.before, down.after)), return_inverse=True)
    flat = pixels.reshape(rows_in, columns_in * channels)
    if len(needed) < rows_in:
        flat = flat[needed]
    # single values are gathered several times faster than groups of three
    channel = np.arange(channels)
    first = np.take(flat, (across.before[:, None] * channels + channel).ravel(), axis=1).astype(np.float32)
    strips = np.take(flat, (across.after[:, None] * channels + channel).ravel(), axis=1).astype(np.float32)
    strips -= first
    strips *= np.repeat(across.fraction, channels)
    strips += first
    upper, result = strips[places[:height]], strips[places[height:]]
    result -= upper
    result *= down.fraction[:, None]
    result += upper
    resized: Array = result.reshape(height, width, channels)
    return resized
