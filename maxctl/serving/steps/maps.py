"""What a segmenter answers, before and after the steps: scores for each pixel, or the class of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .options import Array
from .picture import Picture

BAND = 1 << 20
"""Values that are interpolated at once, so that scores of a large picture never exist all together."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Where rows and columns of one grid lie on another: for each, the neighbours, the way, and whether inside."""

    rows: tuple[Array, Array, Array]
    columns: tuple[Array, Array, Array]
    inside_rows: Array
    inside_columns: Array


@dataclass(frozen=True, slots=True)
class Maps:
    """Scores for each pixel of what the model saw: `values`, float32 [H,W,C].

    With a `sampling` they are meant on another grid, and are interpolated when they are read.
    """

    values: Array
    sampling: Sampling | None = None

    def size(self) -> tuple[int, int]:
        """Return height and width of the grid on which they are meant."""
        if self.sampling is None:
            return int(self.values.shape[0]), int(self.values.shape[1])
        return len(self.sampling.inside_rows), len(self.sampling.inside_columns)

    def bands(self) -> Iterator[tuple[slice, Array]]:
        """Yield some rows after the other: which they are, and their scores [rows,W,C].

        Where the model saw nothing of the picture the scores stand for its nearest edge; see `seen`.
        """
        sampling = self.sampling
        height, width = self.size()
        if sampling is None:
            yield slice(0, height), self.values
            return
        step = max(1, BAND // (width * self.values.shape[2]))
        left, right, across = sampling.columns
        for start in range(0, height, step):
            rows = slice(start, min(start + step, height))
            top, bottom, down = (part[rows] for part in sampling.rows)
            # across only the rows of the band that are needed
            needed, places = np.unique(np.concatenate((top, bottom)), return_inverse=True)
            source = self.values[needed]
            strips = source[:, left]
            strips = strips + (source[:, right] - strips) * across[:, np.newaxis]
            upper, lower = strips[places[: len(top)]], strips[places[len(top) :]]
            yield rows, upper + (lower - upper) * down[:, np.newaxis, np.newaxis]

    def seen(self) -> Array | None:
        """Return bool [H,W], which pixels the model saw; None where it saw all of them."""
        return None if self.sampling is None else _seen(self.sampling)

    def with_values(self, values: Array) -> Maps:
        """Return other scores of the same pixels; ValueError once they are meant on another grid."""
        if self.sampling is not None:
            raise ValueError("put softmax, sigmoid and map_layout before resize_mask_to_picture")
        return replace(self, values=values)


@dataclass(frozen=True, slots=True)
class Mask:
    """The class of each pixel: `ids`, whole numbers [H,W]."""

    ids: Array
    run_lengths: Literal["rows", "columns"] | None = None
    """How the answer lists the pixels of each class: None, as a map of all pixels."""
    first: int = 0
    """The number of the first pixel in run lengths."""
    background: int | None = 0
    """The class that run lengths leave out."""

    def resampled(self, sampling: Sampling, fill: int) -> Mask:
        """Return the classes of the nearest pixels on another grid, `fill` where the model saw nothing."""
        ids = self.ids[sampling.rows[0]][:, sampling.columns[0]]
        seen = _seen(sampling)
        return replace(self, ids=ids if seen is None else np.where(seen, ids, np.array(fill, ids.dtype)))


def on_picture(
    size: tuple[int, int], source: Picture, target: tuple[int, int], kind: Literal["nearest", "bilinear"]
) -> Sampling:
    """Return where the pixels of the picture, `target` rows and columns, lie on a map of `size` over `source`.

    The middle of a pixel lies at .5, as in TensorFlow 2 and Pillow. A pixel of the map that holds padding
    only is never read: the outermost that holds some of the picture stands for what is beyond it.
    """
    top, left, bottom, right = source.window
    rows, inside_rows = _axis(size[0], target[0], top, bottom, kind)
    columns, inside_columns = _axis(size[1], target[1], left, right, kind)
    return Sampling(rows, columns, inside_rows, inside_columns)


def _axis(
    size: int, target: int, start: float, end: float, kind: str
) -> tuple[tuple[Array, Array, Array], Array]:
    # divided last, so that a middle on the border of two pixels stays on it
    place = (np.arange(target) + 0.5 - start * target) * size / ((end - start) * target)
    inside = (place >= 0) & (place < size)
    # the pixels of the map whose middle is in the picture
    middles = start + (np.arange(size) + 0.5) / size * (end - start)
    within = np.flatnonzero((middles >= 0) & (middles <= 1))
    first, last = (int(within[0]), int(within[-1])) if len(within) else (0, size - 1)
    if kind == "nearest":
        nearest = np.clip(np.floor(place).astype(np.intp), first, last)
        return (nearest, nearest, np.zeros(target, np.float32)), inside
    place = np.clip(place - 0.5, first, last)
    before = np.floor(place).astype(np.intp)
    after = np.minimum(before + 1, last)
    return (before, after, (place - before).astype(np.float32)), inside


def _seen(sampling: Sampling) -> Array | None:
    if sampling.inside_rows.all() and sampling.inside_columns.all():
        return None
    return sampling.inside_rows[:, np.newaxis] & sampling.inside_columns
