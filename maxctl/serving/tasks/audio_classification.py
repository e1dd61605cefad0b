"""Audio classification: what a sound is, each class with a label and a probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..errors import NoAnswerError  # noqa: TID252
from ..labels import Labels  # noqa: TID252
from ..steps.drop_classes import DropClasses  # noqa: TID252
from ..steps.number_classes import NumberClasses  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.pool_windows import AverageWindows, MaxWindows  # noqa: TID252
from ..steps.scores import Scores  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.sound import Sound  # noqa: TID252
from ..steps.threshold import Threshold  # noqa: TID252
from ..steps.top_k import TopK  # noqa: TID252
from ..steps.two_classes import TwoClasses  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class SoundClass:
    """One class that a sound may belong to."""

    label_id: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class SoundClasses:
    """The classes of one sound: by score, the highest first; ties by label id."""

    found: tuple[SoundClass, ...]


class LabelPrediction(BaseModel):
    """One class of the sound."""

    label_id: str = Field(description="Id of the label")
    label: str = Field(description="Name of the label")
    probability: float = Field(description="How sure the model is, from 0 to 1")


class ModelPredictResponse(BaseModel):
    """What the model heard."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[LabelPrediction] = Field(description="By probability, the highest first")


class AudioClassification(Task):
    """Scores of a sound, or of its windows, become classes."""

    inputs: ClassVar[frozenset[str]] = frozenset({"audio"})
    roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    required_roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    steps: ClassVar[tuple[type[Postprocess], ...]] = (
        NumberClasses,
        Softmax,
        Sigmoid,
        TwoClasses,
        AverageWindows,
        MaxWindows,
        DropClasses,
        TopK,
        Threshold,
    )
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Say what a sound is"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Scores:
        """Return the scores in the output [W,C], one row for each window, or for the whole sound."""
        output = np.asarray(outputs["scores"])
        whole = isinstance(context.source, Sound) and context.source.whole
        # a model's only answer may come without the axis of items
        return Scores.from_output(output[np.newaxis] if whole and output.ndim == 1 else output)

    def result(self, value: Scores, context: Context, labels: Labels) -> SoundClasses:
        """Return the classes that the steps have left; ValueError where there is more than one answer."""
        in_windows = isinstance(context.source, Sound) and not context.source.whole
        if len(value.values) != 1 or (in_windows and not value.pooled):
            raise ValueError(
                "the model answers for each window: add average_windows or max_windows to postprocess"
            )
        if not np.isfinite(value.values).all():
            raise NoAnswerError("the model's scores hold values that are no numbers")
        ranked = value.ranked(0)
        return SoundClasses(tuple(SoundClass(id_, labels.name(id_), score) for id_, score in ranked))

    def max_response(self, result: SoundClasses) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer; ids are text there."""
        return {
            "status": "ok",
            "predictions": [
                {"label_id": str(one.label_id), "label": one.label, "probability": one.score}
                for one in result.found
            ],
        }

    def tensors(self, result: SoundClasses) -> list[OutputTensor]:
        """Return the three outputs, each with one element for each class."""
        found, count = result.found, len(result.found)
        return [
            OutputTensor("scores", "FP32", (count,), [one.score for one in found]),
            OutputTensor("classes", "INT64", (count,), [one.label_id for one in found]),
            OutputTensor("labels", "BYTES", (count,), [one.label for one in found]),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the three outputs."""
        return [
            {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1]}
            for tensor in self.tensors(SoundClasses(()))
        ]
