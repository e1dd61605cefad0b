"""Text classification: how much each class is true of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..errors import NoAnswerError  # noqa: TID252
from ..labels import Labels  # noqa: TID252
from ..steps.number_classes import NumberClasses  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.scores import Scores  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.two_classes import TwoClasses  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class TextClasses:
    """The scores of each text for all classes, in the order of `labels`."""

    labels: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]


class ModelPredictResponse(BaseModel):
    """What the model makes of each text."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[dict[str, float]] = Field(
        description="For each text, in their order: the probability of each class by its name"
    )


class TextClassification(Task):
    """Scores [N,C] become one object a text."""

    inputs: ClassVar[frozenset[str]] = frozenset({"text"})
    roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    required_roles: ClassVar[frozenset[str]] = frozenset({"scores"})
    steps: ClassVar[tuple[type[Postprocess], ...]] = (NumberClasses, Softmax, Sigmoid, TwoClasses)
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Classify texts"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Scores:
        """Return the scores in the output [N,C]."""
        return Scores.from_output(outputs["scores"])

    def result(self, value: Scores, context: Context, labels: Labels) -> TextClasses:
        """Return the scores with their names; ValueError where two classes would have the same one."""
        names = tuple(labels.name(value.first_id + column) for column in range(value.values.shape[1]))
        if len(set(names)) != len(names):
            raise ValueError(
                f"each of the model's {len(names)} classes needs a name of its own, not {', '.join(names)}"
            )
        if not np.isfinite(value.values).all():
            raise NoAnswerError("the model's scores hold values that are no numbers")
        return TextClasses(names, tuple(map(tuple, value.values.tolist())))

    def max_response(self, result: TextClasses) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer, one object a text."""
        return {
            "status": "ok",
            "predictions": [dict(zip(result.labels, row, strict=True)) for row in result.scores],
        }

    def tensors(self, result: TextClasses) -> list[OutputTensor]:
        """Return scores [N,C] and the names of the classes [C]."""
        size = (len(result.scores), len(result.labels))
        return [
            OutputTensor("scores", "FP32", size, [score for row in result.scores for score in row]),
            OutputTensor("labels", "BYTES", size[1:], list(result.labels)),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the two outputs."""
        return [
            {"name": "scores", "datatype": "FP32", "shape": [-1, -1]},
            {"name": "labels", "datatype": "BYTES", "shape": [-1]},
        ]
