"""OpenCV's `resize` with INTER_LINEAR, INTER_AREA and INTER_NEAREST, as OpenCV 4 computes it.

For uint8 it counts in fixed point: weights have 11 bits, and the result is not what float32 would round to.
See `modules/imgproc/src/resize.cpp` in OpenCV's sources.
"""

from __future__ import annotations

import numpy as np

from .options import Array

BITS = 11
ONE = 1 << BITS


def opencv_nearest(pixels: Array, height: int, width: int) -> Array:
    """Return [height,width,C] of the same dtype: the pixel at `floor(x * scale)`, not at its middle."""
    rows, columns = (_floors(pixels.shape[axis], wanted) for axis, wanted in ((0, height), (1, width)))
    return pixels[rows][:, columns]


def opencv_bilinear(pixels: Array, height: int, width: int) -> Array:
    """Return [height,width,C]: uint8 in fixed point for uint8, else float32. Halves are means of four."""
    rows, columns = pixels.shape[:2]
    if (rows, columns) == (height, width):
        return pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    if (rows, columns) == (2 * height, 2 * width):
        return _block_means(pixels, 2, 2)
    return _interpolate(pixels, _places(rows, height), _places(columns, width, clamped=True))


def opencv_area(pixels: Array, height: int, width: int) -> Array:
    """Return [height,width,C]: means over the area that a pixel comes from; where it grows, interpolated."""
    rows, columns = pixels.shape[:2]
    if (rows, columns) == (height, width):
        return pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    if rows < height or columns < width:
        return _interpolate(pixels, _area_places(rows, height), _area_places(columns, width))
    if rows % height == 0 and columns % width == 0:
        return _block_means(pixels, rows // height, columns // width)
    strips = _area_sums(pixels.astype(np.float32), width, axis=1)
    return _rounded(_area_sums(strips, height, axis=0), pixels.dtype)


def _floors(size: int, wanted: int) -> Array:
    places = np.floor(np.arange(wanted) * (1.0 / (wanted / size))).astype(np.intp)
    floors: Array = np.minimum(places, size - 1)
    return floors


def _places(size: int, wanted: int, *, clamped: bool = False) -> tuple[Array, Array]:
    """Return the pixel before each place, from -1, and the way to the next, float32.

    `clamped`: at the edges there is no way; OpenCV clamps so across, while down both rows are the same.
    """
    place = ((np.arange(wanted) + 0.5) * (1.0 / (wanted / size)) - 0.5).astype(np.float32)
    before = np.floor(place)
    fraction = place - before
    if clamped:
        edge = (before < 0) | (before >= size - 1)
        fraction = np.where(edge, np.float32(0), fraction)
        before = np.clip(before, 0, size - 1)
    return before.astype(np.intp), fraction.astype(np.float32)


def _area_places(size: int, wanted: int) -> tuple[Array, Array]:
    """Return the same for INTER_AREA where a side grows: most pixels are one of the source's, unmixed."""
    inverse = wanted / size
    number = np.arange(wanted)
    before = np.floor(number * (1.0 / inverse)).astype(np.intp)
    fraction = ((number + 1) - (before + 1) * inverse).astype(np.float32)
    fraction = np.where(fraction <= 0, np.float32(0), fraction - np.floor(fraction)).astype(np.float32)
    edge = before >= size - 1
    return np.minimum(before, size - 1), np.where(edge, np.float32(0), fraction).astype(np.float32)


def _interpolate(pixels: Array, down: tuple[Array, Array], across: tuple[Array, Array]) -> Array:
    (top, way_down), (left, way_across) = down, across
    rows, columns = pixels.shape[:2]
    right = np.minimum(left + 1, columns - 1)
    bottom = np.clip(top + 1, 0, rows - 1)
    top = np.clip(top, 0, rows - 1)
    needed, places = np.unique(np.concatenate((top, bottom)), return_inverse=True)
    source = pixels[needed]
    if pixels.dtype != np.uint8:
        source = source.astype(np.float32)
        weight = way_across[:, None]
        strips = source[:, left] * (np.float32(1) - weight) + source[:, right] * weight
        weight = way_down[:, None, None]
        upper, lower = strips[places[: len(top)]], strips[places[len(top) :]]
        return np.asarray(upper * (np.float32(1) - weight) + lower * weight)
    first, second = (weights[:, None] for weights in _fixed(way_across))
    # at most 255 * 2048: 4 bits are dropped before the second multiplication, 16 and 2 after it
    strips = (source[:, left].astype(np.int32) * first + source[:, right].astype(np.int32) * second) >> 4
    first, second = (weights[:, None, None] for weights in _fixed(way_down))
    upper = (strips[places[: len(top)]] * first) >> 16
    lower = (strips[places[len(top) :]] * second) >> 16
    mixed: Array = (upper + lower + 2) >> 2
    return mixed.astype(np.uint8)


def _fixed(fraction: Array) -> tuple[Array, Array]:
    """Return the weights of the pixel before and the one after, in parts of 2048."""
    before = np.rint((np.float32(1) - fraction) * np.float32(ONE)).astype(np.int32)
    return before, np.rint(fraction * np.float32(ONE)).astype(np.int32)


def _block_means(pixels: Array, tall: int, wide: int) -> Array:
    """Return the means of blocks that fit without rest; of 2 x 2 bytes a half goes up, else to the even."""
    rows, columns, channels = pixels.shape
    exact = np.int64 if pixels.dtype == np.uint8 else np.float32
    blocks = pixels.reshape(rows // tall, tall, columns // wide, wide, channels)
    sums = blocks.sum(axis=(1, 3), dtype=exact)
    if pixels.dtype == np.uint8 and (tall, wide) == (2, 2):
        means: Array = (sums + 2) >> 2
        return means.astype(np.uint8)
    return _rounded(sums.astype(np.float32) * np.float32(1.0 / (tall * wide)), pixels.dtype)


def _area_sums(pixels: Array, wanted: int, axis: int) -> Array:
    """Return float32 with `axis` shrunk to `wanted`, each the weighted sum of what lies in its area."""
    size = pixels.shape[axis]
    scale = 1.0 / (wanted / size)
    shape = list(pixels.shape)
    shape[axis] = wanted
    result = np.zeros(shape, np.float32)
    starts = np.arange(wanted) * scale
    ends = starts + scale
    cells = np.minimum(scale, size - starts)
    first = np.ceil(starts).astype(np.intp)
    last = np.minimum(np.floor(ends).astype(np.intp), size - 1)
    first = np.minimum(first, last)
    before, after = first - starts, np.minimum(np.minimum(ends - last, 1.0), cells)
    spread = [1] * pixels.ndim
    spread[axis] = wanted

    def add(places: Array, weights: Array) -> None:
        nonlocal result
        # in the order of the pixels, one after the other, as float32: OpenCV adds them so
        taken = np.take(pixels, np.clip(places, 0, size - 1), axis=axis)
        result += taken * weights.astype(np.float32).reshape(spread)

    add(first - 1, np.where(before > 1e-3, before / cells, 0))
    for step in range(int((last - first).max(initial=0))):
        add(first + step, np.where(first + step < last, 1.0 / cells, 0))
    add(last, np.where(ends - last > 1e-3, after / cells, 0))
    return result


def _rounded(values: Array, dtype: np.dtype[np.generic]) -> Array:
    if dtype != np.uint8:
        return values.astype(np.float32, copy=False)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
