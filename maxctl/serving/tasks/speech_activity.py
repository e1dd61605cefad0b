"""Speech activity: from when to when somebody speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from ..labels import Labels  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.scores import Scores  # noqa: TID252
from ..steps.select_class import SelectClass  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.speech_segments import Segment, SpeechSegments  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class Speech:
    """All speech in one sound, the first first."""

    segments: tuple[Segment, ...]


class SegmentPrediction(BaseModel):
    """One stretch of speech."""

    start_time: float = Field(description="When it begins, in seconds", ge=0)
    end_time: float = Field(description="When it ends, in seconds", ge=0)
    probability: float = Field(description="How sure the model is on the average, from 0 to 1")


class ModelPredictResponse(BaseModel):
    """When somebody speaks."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[SegmentPrediction] = Field(description="By time")


class SpeechActivity(Task):
    """Scores over time become stretches of speech."""

    inputs: ClassVar[frozenset[str]] = frozenset({"audio"})
    roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    required_roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    steps: ClassVar[tuple[type[Postprocess], ...]] = (Softmax, Sigmoid, SelectClass, SpeechSegments)
    needs_labels: ClassVar[bool] = False
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Find the speech in a sound"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Scores:
        """Return the scores in the output: one for each window, or several, in their order in time."""
        return Scores.from_output(outputs["scores"])

    def result(self, value: tuple[Segment, ...], context: Context, labels: Labels) -> Speech:
        """Return the speech; ValueError where no step has made segments of the scores."""
        if isinstance(value, Scores):
            raise ValueError("the scores are no segments yet: add speech_segments to postprocess")
        return Speech(value)

    def max_response(self, result: Speech) -> dict[str, Any]:
        """Return the answer in the Model Asset eXchange's manner."""
        return {
            "status": "ok",
            "predictions": [
                {"start_time": one.start, "end_time": one.end, "probability": one.score}
                for one in result.segments
            ],
        }

    def tensors(self, result: Speech) -> list[OutputTensor]:
        """Return times in seconds [N,2] and scores [N]."""
        count = len(result.segments)
        times = [time for one in result.segments for time in (one.start, one.end)]
        return [
            OutputTensor("times", "FP64", (count, 2), times),
            OutputTensor("scores", "FP32", (count,), [one.score for one in result.segments]),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the two outputs."""
        return [
            {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1, *tensor.shape[1:]]}
            for tensor in self.tensors(Speech(()))
        ]
