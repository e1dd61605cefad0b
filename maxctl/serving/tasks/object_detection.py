"""Object detection: things in a picture, each with a label, a probability and a box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from ..labels import Labels  # noqa: TID252
from ..steps.box_format import BoxFormat  # noqa: TID252
from ..steps.candidates import Candidates  # noqa: TID252
from ..steps.class_scores import ClassScores  # noqa: TID252
from ..steps.clip_boxes import ClipBoxes  # noqa: TID252
from ..steps.decode_boxes import DecodeBoxes  # noqa: TID252
from ..steps.drop_classes import DropClasses  # noqa: TID252
from ..steps.non_maximum_suppression import NonMaximumSuppression  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.score_threshold import ScoreThreshold  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing found. `box` is ymin, xmin, ymax, xmax, as parts of the picture's height and width."""

    label_id: int
    label: str
    score: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detections:
    """All things found in one picture: by score, the highest first; ties by label id, then by box."""

    found: tuple[Detection, ...]


class LabelPrediction(BaseModel):
    """One thing found in the picture."""

    label_id: str = Field(description="Id of the label")
    label: str = Field(description="Name of the label")
    probability: float = Field(description="How sure the model is, from 0 to 1")
    detection_box: list[float] = Field(
        description="ymin, xmin, ymax, xmax, as parts of the picture's height and width",
        min_length=4,
        max_length=4,
    )


class ModelPredictResponse(BaseModel):
    """What the model found."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[LabelPrediction] = Field(description="By probability, the highest first")


class ObjectDetection(Task):
    """Boxes and scores become detections."""

    roles: ClassVar[frozenset[str]] = frozenset({"boxes", "scores", "classes", "count"})
    required_roles: ClassVar[frozenset[str]] = frozenset({"boxes", "scores"})
    steps: ClassVar[tuple[type[Postprocess], ...]] = (
        BoxFormat,
        DecodeBoxes,
        Softmax,
        Sigmoid,
        DropClasses,
        ClassScores,
        ScoreThreshold,
        NonMaximumSuppression,
        ClipBoxes,
    )
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Find the things in a picture"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Candidates:
        """Return the candidates in the outputs."""
        return Candidates.from_outputs(outputs)

    def result(self, value: Candidates, context: Context, labels: Labels) -> Detections:
        """Return the detections that the steps have left."""
        left = value.in_whole(context.source)
        rows = zip(left.decided().tolist(), left.scores.tolist(), left.boxes.tolist(), strict=True)
        found = [Detection(id_, labels.name(id_), score, tuple(box)) for id_, score, box in rows]
        return Detections(tuple(sorted(found, key=lambda one: (-one.score, one.label_id, one.box))))

    def max_response(self, result: Detections) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer; ids are text there."""
        return {
            "status": "ok",
            "predictions": [
                {
                    "label_id": str(one.label_id),
                    "label": one.label,
                    "probability": one.score,
                    "detection_box": list(one.box),
                }
                for one in result.found
            ],
        }

    def tensors(self, result: Detections) -> list[OutputTensor]:
        """Return the four outputs, each with one row for each detection."""
        found, count = result.found, len(result.found)
        return [
            OutputTensor("detection_boxes", "FP32", (count, 4), [edge for one in found for edge in one.box]),
            OutputTensor("detection_scores", "FP32", (count,), [one.score for one in found]),
            OutputTensor("detection_classes", "INT64", (count,), [one.label_id for one in found]),
            OutputTensor("detection_labels", "BYTES", (count,), [one.label for one in found]),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the four outputs."""
        return [
            {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1, *tensor.shape[1:]]}
            for tensor in self.tensors(Detections(()))
        ]

    def swagger_definitions(self) -> dict[str, Any]:
        """Return the definitions by the names that the Model Asset eXchange gave them."""
        return {
            "LabelPrediction": {
                "type": "object",
                "required": ["label", "probability"],
                "properties": {
                    "label_id": {"type": "string", "description": "Id of the label"},
                    "label": {"type": "string", "description": "Name of the label"},
                    "probability": {"type": "number", "description": "How sure the model is, from 0 to 1"},
                    "detection_box": {
                        "type": "array",
                        "description": "ymin, xmin, ymax, xmax, as parts of the picture's height and width",
                        "items": {"type": "number"},
                    },
                },
            },
            "ModelPredictResponse": {
                "type": "object",
                "required": ["status"],
                "properties": {
                    "status": {"type": "string", "description": "ok"},
                    "predictions": {
                        "type": "array",
                        "description": "By probability, the highest first",
                        "items": {"$ref": "#/definitions/LabelPrediction"},
                    },
                },
            },
        }
