"""Key points: where the parts of a body or a face are in a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..errors import NoAnswerError  # noqa: TID252
from ..labels import Labels  # noqa: TID252
from ..steps.heat_map_points import HeatMapPoints  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.point_format import PointFormat  # noqa: TID252
from ..steps.point_threshold import PointThreshold  # noqa: TID252
from ..steps.points import HeatMaps, Points  # noqa: TID252
from ..steps.pose_lines import PoseLines  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body: its place in pixels of the picture that was sent, 0, 0 its corner at the top left."""

    part_id: int
    name: str
    score: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Body:
    """The parts of one body or face, by id, and which of them belong together."""

    parts: tuple[Part, ...]
    lines: tuple[tuple[Part, Part], ...]


@dataclass(frozen=True, slots=True)
class Bodies:
    """All bodies in one picture, in the model's order."""

    found: tuple[Body, ...]


class PoseLine(BaseModel):
    """A line between two parts."""

    line: list[int] = Field(description="x, y of one part, x, y of the other", min_length=4, max_length=4)


class BodyPart(BaseModel):
    """One part of a body."""

    part_id: int = Field(description="Id of the part")
    part_name: str = Field(description="Name of the part")
    score: float = Field(description="How sure the model is")
    x: int = Field(description="In pixels of the picture, from the left")
    y: int = Field(description="In pixels of the picture, from the top")


class HumanPrediction(BaseModel):
    """One body or face."""

    human_id: int = Field(description="Number of the body in this answer")
    pose_lines: list[PoseLine] = Field(description="Lines between parts that belong together")
    body_parts: list[BodyPart] = Field(description="The parts that were found")


class ModelPredictResponse(BaseModel):
    """What the model found."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[HumanPrediction] = Field(description="The bodies or faces")


class KeyPoints(Task):
    """Heat maps or points become the parts of bodies."""

    roles: ClassVar[frozenset[str]] = frozenset({"heat_maps", "points", "scores"})
    required_roles: ClassVar[frozenset[str]] = frozenset()
    steps: ClassVar[tuple[type[Postprocess], ...]] = (
        Sigmoid,
        HeatMapPoints,
        PointFormat,
        PointThreshold,
        PoseLines,
    )
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Find the parts of bodies or faces in a picture"

    def value(self, outputs: Mapping[str, Array], context: Context) -> HeatMaps | Points:
        """Return the heat maps [1,H,W,K] or [1,K,H,W], or the points, with their scores.

        ValueError where there are not just one of them.
        """
        if ("heat_maps" in outputs) == ("points" in outputs):
            raise ValueError("outputs: task key-points needs either heat_maps or points")
        if "points" in outputs:
            return Points.from_outputs(outputs)
        maps = np.asarray(outputs["heat_maps"])
        if "scores" in outputs or maps.dtype.kind not in "fiu" or maps.ndim != 4 or len(maps) != 1:
            raise ValueError(
                f"heat_maps must be numbers [1,H,W,K] and come without scores, not {maps.dtype} {list(maps.shape)}"
            )
        return HeatMaps(maps[0].astype(np.float32, copy=False))

    def result(self, value: HeatMaps | Points, context: Context, labels: Labels) -> Bodies:
        """Return the bodies that have parts left; ValueError where no step has found the points."""
        if not isinstance(value, Points):
            raise ValueError("the heat maps have no points yet: add heat_map_points to postprocess")
        value = value.in_whole(context.source)
        if not np.isfinite(value.places).all() or not np.isfinite(value.scores).all():
            raise NoAnswerError("the model's points hold values that are no numbers")
        size = np.array([context.source.height, context.source.width], np.float32)
        found = []
        for places, scores, left in zip(value.places * size, value.scores, value.left(), strict=True):
            parts = {
                number: Part(number, labels.name(number), float(scores[number]), float(x), float(y))
                for number, (y, x) in enumerate(places.tolist())
                if left[number]
            }
            lines = tuple((parts[a], parts[b]) for a, b in value.lines if a in parts and b in parts)
            if parts:
                found.append(Body(tuple(parts.values()), lines))
        return Bodies(tuple(found))

    def max_response(self, result: Bodies) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer, as its Human Pose Estimator gives it: whole pixels."""
        return {
            "status": "ok",
            "predictions": [
                {
                    "human_id": number,
                    "pose_lines": [
                        {"line": [_pixel(one.x), _pixel(one.y), _pixel(other.x), _pixel(other.y)]}
                        for one, other in body.lines
                    ],
                    "body_parts": [
                        {
                            "part_id": part.part_id,
                            "part_name": part.name,
                            "score": part.score,
                            "x": _pixel(part.x),
                            "y": _pixel(part.y),
                        }
                        for part in body.parts
                    ],
                }
                for number, body in enumerate(result.found)
            ],
        }

    def tensors(self, result: Bodies) -> list[OutputTensor]:
        """Return five outputs with one row for each part of each body; `points` are y, x in pixels."""
        rows = [(number, part) for number, body in enumerate(result.found) for part in body.parts]
        count = len(rows)
        return [
            OutputTensor("points", "FP32", (count, 2), [at for _, part in rows for at in (part.y, part.x)]),
            OutputTensor("scores", "FP32", (count,), [part.score for _, part in rows]),
            OutputTensor("bodies", "INT64", (count,), [number for number, _ in rows]),
            OutputTensor("parts", "INT64", (count,), [part.part_id for _, part in rows]),
            OutputTensor("labels", "BYTES", (count,), [part.name for _, part in rows]),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the five outputs."""
        return [
            {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1, *tensor.shape[1:]]}
            for tensor in self.tensors(Bodies(()))
        ]


def _pixel(place: float) -> int:
    return int(np.floor(place + 0.5))
