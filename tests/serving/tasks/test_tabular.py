from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from maxctl.serving import engines
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.labels import Label, Labels
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.two_classes import TwoClasses
from maxctl.serving.tasks.tabular import Tabular

TASK = Tabular()
NOTHING = Context({})
NAMED = Labels((Label(id=7, name="high"), Label(id=3, name="low")))


class Sum(Engine):
    """The sum of two columns."""

    name: ClassVar[str] = "sum"

    @classmethod
    def load(cls, path: Path, threads: int) -> Sum:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        return Signature(
            {"x": TensorSpec("float32", (None, 2))}, {"variable": TensorSpec("float32", (None, 1))}
        )

    def infer(self, inputs: Any) -> dict[str, Any]:
        return {"variable": inputs["x"].sum(axis=1, keepdims=True)}


@pytest.fixture
def client(start: Callable[..., Any]) -> Any:
    engines.register("sum", Sum)
    return start(
        Settings(),
        task="tabular",
        engine={
            "name": "sum",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        input={"kind": "table"},
        preprocess=[
            {
                "step": "columns",
                "columns": [{"name": "a"}, {"name": "b", "kind": "category", "categories": ["no", "yes"]}],
            }
        ],
        outputs={"values": "variable"},
        postprocess=[],
        parameters={},
        labels=None,
    )


def test_rows_become_numbers_over_the_api_of_max(client: Any):
    response = client.post("/model/predict", json={"rows": [{"a": 1.5, "b": "yes"}, [3, "no"]]})
    assert response.json() == {"status": "ok", "predictions": [2.5, 3]}


def test_a_fault_names_its_row_and_column(client: Any):
    response = client.post("/model/predict", json={"rows": [{"a": 1, "b": "yes"}, {"a": "x", "b": "no"}]})
    assert response.status_code == 400
    assert response.json()["errors"] == {"rows[1].a": "must be a number, not 'x'"}


def answer(outputs: dict[str, Any], labels: Labels = NAMED) -> Any:
    result = TASK.result(TASK.value(outputs, NOTHING), NOTHING, labels)
    response = TASK.max_response(result)
    TASK.response_model.model_validate(response)
    return response["predictions"]


@pytest.mark.parametrize("values", [np.array([1.5, 2]), np.array([[1.5], [2]])])
def test_a_regression_answers_with_a_number_a_row(values: np.ndarray):
    assert answer({"values": values}) == [1.5, 2]


def test_a_regression_of_several_numbers_answers_with_lists():
    assert answer({"values": np.array([[1, 2], [3, 4]])}) == [[1, 2], [3, 4]]


def test_a_classification_answers_with_the_likeliest_class():
    assert answer({"scores": np.array([[0.75, 0.25], [0.5, 0.5]])}) == [
        {"label": "low", "probability": 0.75, "probabilities": {"low": 0.75, "high": 0.25}},
        {"label": "low", "probability": 0.5, "probabilities": {"low": 0.5, "high": 0.5}},
    ]


def test_without_a_file_of_labels_the_classes_have_numbers():
    assert answer({"scores": np.array([[0.25, 0.75]])}, Labels(()))[0]["label"] == "1"


@pytest.mark.parametrize(
    "labels",
    [
        np.array([7, 3]),
        np.array(["high", "low"]),
        np.array([b"high", b"low"]),
        np.array([["high"], ["low"]], object),
    ],
)
def test_the_class_that_the_model_names_itself_counts(labels: np.ndarray):
    found = answer({"scores": np.array([[0.75, 0.25], [0.5, 0.5]]), "labels": labels})
    assert [(one["label"], one["probability"]) for one in found] == [("high", 0.25), ("low", 0.5)]


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ({}, "either values"),
        ({"values": np.zeros(1), "scores": np.zeros(1)}, "either values"),
        ({"values": np.zeros(1), "labels": np.zeros(1)}, "labels go with scores"),
        ({"scores": np.zeros((1, 2)), "labels": np.array([3, 7])}, "2 labels for 1 rows"),
        ({"scores": np.zeros((1, 2)), "labels": np.array([5])}, "answers 5, which is none of 3, 7"),
        ({"scores": np.zeros((1, 2)), "labels": np.array(["x"])}, "answers x, which is none of low, high"),
        ({"scores": np.zeros((1, 2)), "labels": np.array([0.5])}, "neither a text nor a whole number"),
        ({"scores": np.zeros((1, 3))}, "needs a name of its own"),
        ({"values": np.array([np.nan])}, "no numbers"),
        ({"scores": np.array([[np.inf, 0]])}, "no numbers"),
    ],
)
def test_outputs_that_make_no_answer_are_told(outputs: dict[str, Any], reason: str):
    with pytest.raises(ValueError, match=reason):
        answer(outputs)


def test_steps_keep_the_class_that_the_model_names():
    value = TASK.value({"scores": np.array([[0.75]]), "labels": np.array([3])}, NOTHING)
    result = TASK.result(postprocess(value, [TwoClasses()], NOTHING), NOTHING, NAMED)
    assert TASK.max_response(result)["predictions"][0]["label"] == "low"


def test_the_tensors_are_those_of_the_kind_of_answer():
    values = TASK.result(TASK.value({"values": np.array([[1, 2]])}, NOTHING), NOTHING, NAMED)
    classes = TASK.result(TASK.value({"scores": np.array([[0.25, 0.75]])}, NOTHING), NOTHING, NAMED)
    found = [
        (one.name, one.datatype, one.shape, one.data) for one in TASK.tensors(values) + TASK.tensors(classes)
    ]
    assert found == [
        ("values", "FP64", (1, 2), [1, 2]),
        ("labels", "BYTES", (1,), ["high"]),
        ("scores", "FP32", (1, 2), [0.25, 0.75]),
        ("classes", "BYTES", (2,), ["low", "high"]),
    ]
    assert [one["name"] for one in TASK.tensor_metadata()] == [name for name, *_ in found]
