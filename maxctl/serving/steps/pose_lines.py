"""Which points of a body belong together: its skeleton."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from .options import Postprocess
from .points import Points
from .value import Context

Number = Annotated[int, Field(ge=0)]


class PoseLines(Postprocess):
    """Answer with a line for each of `pairs` of which both points are left."""

    step: Literal["pose_lines"] = "pose_lines"
    pairs: tuple[tuple[Number, Number], ...] = Field(min_length=1)

    def apply(self, value: Any, context: Context) -> Points:
        """Return the points with their lines; ValueError where a pair names a point that there is not."""
        if not isinstance(value, Points):
            raise ValueError("pose_lines takes points: put heat_map_points before it")
        count = value.scores.shape[1]
        if wrong := [pair for pair in self.pairs if max(pair) >= count]:
            raise ValueError(
                f"pose_lines has the pair {list(wrong[0])}, but there are points 0 to {count - 1}"
            )
        return replace(value, lines=self.pairs)
