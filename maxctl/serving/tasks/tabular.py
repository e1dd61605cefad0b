"""Tabular: a number, or a class with its probability, for each row of a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..errors import NoAnswerError  # noqa: TID252
from ..labels import UNNAMED, Labels  # noqa: TID252
from ..steps.number_classes import NumberClasses  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.scores import Scores  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.two_classes import TwoClasses  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class RowScores(Scores):
    """Scores of N rows, with the class of each where the model names it itself: texts, or ids."""

    decided: tuple[str | int, ...] | None = None


@dataclass(frozen=True, slots=True)
class RowClass:
    """The class of a row; `scores` has those of all classes by name, in the order of their ids."""

    label: str
    score: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RowClasses:
    """The classes of the rows, in their order."""

    rows: tuple[RowClass, ...]


@dataclass(frozen=True, slots=True)
class RowValues:
    """The numbers for the rows: float64 [N,K]."""

    values: Array


class RowPrediction(BaseModel):
    """The class of one row."""

    label: str = Field(description="Name of the class")
    probability: float = Field(description="How sure the model is, from 0 to 1")
    probabilities: dict[str, float] = Field(description="The same for every class")


class ModelPredictResponse(BaseModel):
    """What the model says of each row."""

    status: str = Field(description="ok", examples=["ok"])
    predictions: list[float | list[float] | RowPrediction] = Field(
        description="For each row, in their order: a number (or several), or a class"
    )


class Tabular(Task):
    """Regression has the role `values`; classification has `scores`, and `labels` where the model decides itself."""

    inputs: ClassVar[frozenset[str]] = frozenset({"table"})
    roles: ClassVar[frozenset[str]] = frozenset({"values", "scores", "labels"})
    required_roles: ClassVar[frozenset[str]] = frozenset()
    steps: ClassVar[tuple[type[Postprocess], ...]] = (NumberClasses, Softmax, Sigmoid, TwoClasses)
    needs_labels: ClassVar[bool] = False
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Predict from rows of a table"

    def value(self, outputs: Mapping[str, Array], context: Context) -> RowScores | RowValues:
        """Return the values [N] or [N,K], or the scores [N,C] with the labels [N]."""
        if ("values" in outputs) == ("scores" in outputs):
            raise ValueError(
                "outputs: task tabular needs either values (regression) or scores (classification)"
            )
        if "values" in outputs:
            if "labels" in outputs:
                raise ValueError("outputs: labels go with scores")
            values = np.asarray(outputs["values"])
            return RowValues(values.reshape(len(values), -1).astype(np.float64))
        scores = Scores.from_output(outputs["scores"])
        if "labels" not in outputs:
            return RowScores(scores.values)
        decided = np.asarray(outputs["labels"]).reshape(-1).tolist()
        if len(decided) != len(scores.values):
            raise ValueError(f"the model gives {len(decided)} labels for {len(scores.values)} rows of scores")
        return RowScores(scores.values, decided=tuple(map(_plain, decided)))

    def result(
        self, value: RowScores | RowValues, context: Context, labels: Labels
    ) -> RowClasses | RowValues:
        """Return the answer for each row; ValueError where a value is no number, or two classes have one name."""
        values = value.values
        if not np.isfinite(values).all():
            raise NoAnswerError("the model's answer holds values that are no numbers")
        if isinstance(value, RowValues):
            return value
        ids = _ids(value, labels)
        names = _names(ids, labels)
        rows = []
        for number, scores in enumerate(values.tolist()):
            best = int(np.argmax(values[number]))
            if value.decided is not None:
                best = _column(value.decided[number], ids, names)
            rows.append(RowClass(names[best], scores[best], dict(zip(names, scores, strict=True))))
        return RowClasses(tuple(rows))

    def max_response(self, result: RowClasses | RowValues) -> dict[str, Any]:
        """Return a number, a list of numbers or a class for each row."""
        if isinstance(result, RowValues):
            one = result.values.shape[1] == 1
            return {"status": "ok", "predictions": (result.values[:, 0] if one else result.values).tolist()}
        return {
            "status": "ok",
            "predictions": [
                {"label": row.label, "probability": row.score, "probabilities": dict(row.scores)}
                for row in result.rows
            ],
        }

    def tensors(self, result: RowClasses | RowValues) -> list[OutputTensor]:
        """Return values [N,K], or labels [N], scores [N,C] and the names of the classes [C]."""
        if isinstance(result, RowValues):
            return [OutputTensor("values", "FP64", result.values.shape, result.values.ravel().tolist())]
        count = len(result.rows)
        names = list(result.rows[0].scores) if count else []
        scores = [score for row in result.rows for score in row.scores.values()]
        return [
            OutputTensor("labels", "BYTES", (count,), [row.label for row in result.rows]),
            OutputTensor("scores", "FP32", (count, len(names)), scores),
            OutputTensor("classes", "BYTES", (len(names),), names),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return the outputs of both kinds: an answer has `values`, or the other three."""
        return [
            {"name": "values", "datatype": "FP64", "shape": [-1, -1]},
            {"name": "labels", "datatype": "BYTES", "shape": [-1]},
            {"name": "scores", "datatype": "FP32", "shape": [-1, -1]},
            {"name": "classes", "datatype": "BYTES", "shape": [-1]},
        ]

    def tensors_of(self, roles: Collection[str]) -> list[dict[str, Any]]:
        """Return `values` for regression, the other three for classification."""
        if not roles:
            return self.tensor_metadata()
        return [one for one in self.tensor_metadata() if (one["name"] == "values") == ("values" in roles)]


def _plain(label: object) -> str | int:
    """Return a label of a tensor as a text or an id."""
    if isinstance(label, bytes):
        return label.decode("utf-8")
    if isinstance(label, str):
        return label
    if isinstance(label, int | float) and label == int(label):
        return int(label)
    raise ValueError(f"the model's label {label!r} is neither a text nor a whole number")


def _ids(value: RowScores, labels: Labels) -> list[int]:
    """Return the id of each column of the scores: those of the labels, sorted, as scikit-learn does it."""
    count = value.values.shape[1]
    if len(labels.all) == count:
        return sorted(label.id for label in labels.all)
    return list(range(value.first_id, value.first_id + count))


def _names(ids: list[int], labels: Labels) -> list[str]:
    """Return the classes' names, from the file of labels; without one their ids."""
    names = [labels.name(id_) for id_ in ids] if labels.all else [str(id_) for id_ in ids]
    if UNNAMED in names or len(set(names)) != len(names):
        raise ValueError(
            f"each of the model's {len(names)} classes needs a name of its own, not {', '.join(names)}"
        )
    return names


def _column(label: str | int, ids: list[int], names: list[str]) -> int:
    """Return the column of the class that the model names; ValueError where there is none."""
    there = names if isinstance(label, str) else ids
    if label not in there:
        raise ValueError(f"the model answers {label}, which is none of {', '.join(map(str, there))}")
    return there.index(label)  # type: ignore[arg-type]
