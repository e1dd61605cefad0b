"""What a model for key points answers, before and after the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from .options import Array
from .picture import Picture


@dataclass(frozen=True, slots=True)
class Points:
    """K points of each of N bodies or faces.

    `places`: float32 [N,K,2], each y, x as parts of what the model saw (of the picture once `placed`).
    `scores`: float32 [N,K]. `kept`: bool [N,K], which points the steps have left; None for all.
    `lines`: pairs of points that belong together.
    """

    places: Array
    scores: Array
    kept: Array | None = None
    lines: tuple[tuple[int, int], ...] = ()
    placed: bool = False

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Array]) -> Self:
        """Return the points in a model's outputs, given by role.

        Roles: `points` [1,K,2], [1,N,K,2], or with a third column for the scores (axes of size 1 do not matter),
        and otherwise `scores` [1,K] or [1,N,K]; without any each point counts 1.
        """
        values = np.asarray(outputs["points"], np.float32)
        if values.ndim < 3 or values.shape[-1] not in (2, 3):
            raise ValueError(f"points must have the shape [1,N,K,2] or [1,N,K,3], not {list(values.shape)}")
        values = values.reshape(-1, *values.shape[-2:])
        places, size = values[..., :2], values.shape[:2]
        if "scores" in outputs:
            scores = np.asarray(outputs["scores"], np.float32)
            if scores.size != size[0] * size[1]:
                raise ValueError(f"the model gives {size[0] * size[1]} points, but {scores.size} scores")
            return cls(places, scores.reshape(size))
        return cls(places, values[..., 2] if values.shape[-1] == 3 else np.ones(size, np.float32))

    def keep(self, mask: Array) -> Self:
        """Return the points with only those left that were left before and are true in `mask` [N,K]."""
        return replace(self, kept=mask if self.kept is None else self.kept & mask)

    def left(self) -> Array:
        """Return bool [N,K], which points are left."""
        return np.ones(self.scores.shape, bool) if self.kept is None else self.kept

    def in_whole(self, source: object) -> Self:
        """Return the points in parts of the whole picture, whatever was cut or padded."""
        if self.placed or not isinstance(source, Picture):
            return self
        return replace(self, places=source.points_in_whole(self.places), placed=True)


@dataclass(frozen=True, slots=True)
class HeatMaps:
    """How likely each point is at each place: `values`, float32 [H,W,K], or [K,H,W] as a model may give it."""

    values: Array

    def with_values(self, values: Array) -> HeatMaps:
        """Return other heat maps of the same points."""
        return replace(self, values=values)
