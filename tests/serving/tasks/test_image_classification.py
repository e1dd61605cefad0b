from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from maxctl.serving import config, engines
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.labels import Label, Labels
from maxctl.serving.predictor import Predictor
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.drop_classes import DropClasses
from maxctl.serving.steps.number_classes import NumberClasses
from maxctl.serving.steps.scores import Scores
from maxctl.serving.steps.softmax import Softmax
from maxctl.serving.steps.threshold import Threshold
from maxctl.serving.steps.top_k import TopK
from maxctl.serving.tasks.image_classification import ImageClassification, PictureClass

TASK = ImageClassification()
LABELS = Labels((Label(id=0, name="cat"), Label(id=1, name="dog"), Label(id=2, name="cow")))
NOWHERE = Context({})


class MeanColor(Engine):
    """Logits: the means of the three planes of a 2 x 2 picture."""

    @classmethod
    def load(cls, path: Path, threads: int) -> MeanColor:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        return Signature(
            {"planes": TensorSpec("float32", (1, 3, 2, 2))}, {"logits": TensorSpec("float32", (1, 3))}
        )

    def infer(self, inputs: Any) -> dict[str, Any]:
        return {"logits": inputs["planes"].mean(axis=(2, 3))}


def service(**changes: Any) -> dict[str, Any]:
    engines.register("mean-color", MeanColor)
    return {
        "task": "image-classification",
        "engine": {
            "name": "mean-color",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "preprocess": [
            {"step": "decode_image"},
            {"step": "resize_side", "side": "shorter", "length": 2, "filter": "nearest"},
            {"step": "crop", "width": 2, "height": 2},
            {"step": "color_order", "order": "bgr"},
            {"step": "normalize", "divide_by": 255, "mean": [0, 0, 0.5]},
            {"step": "layout", "order": "CHW"},
        ],
        "outputs": {"scores": "logits"},
        "postprocess": [
            {"step": "number_classes", "first_id": 1},
            {"step": "softmax"},
            {"step": "top_k", "parameter": "classes"},
        ],
        "parameters": {"classes": {"default": 2, "minimum": 1, "maximum": 3}},
        **changes,
    }


@pytest.fixture
def client(start: Callable[..., TestClient]) -> TestClient:
    return start(Settings(), **service())


def shares_of_the_picture() -> list[float]:
    """Return what the fixture `picture` gives: of four pixels one is red, one is four fifths blue; blue is first."""
    powers = np.exp([0.8 / 4, 0, 1 / 4 - 0.5])
    shares: list[float] = (powers / powers.sum()).tolist()
    return shares


def test_a_picture_becomes_labels_over_the_api_of_max(client: TestClient, picture: bytes):
    answer = client.post("/model/predict", files={"image": ("a.png", picture)}).json()
    first, second, _ = shares_of_the_picture()
    assert answer == {
        "status": "ok",
        "predictions": [
            {"label_id": "1", "label": "red", "probability": pytest.approx(first)},
            {"label_id": "2", "label": "green", "probability": pytest.approx(second)},
        ],
    }
    all_three = client.post(
        "/model/predict", files={"image": ("a.png", picture)}, data={"classes": "3"}
    ).json()
    assert sum(one["probability"] for one in all_three["predictions"]) == pytest.approx(1)
    too_many = client.post("/model/predict", files={"image": ("a.png", picture)}, data={"classes": "4"})
    assert too_many.status_code == 400


def test_the_same_comes_over_the_open_inference_protocol(client: TestClient, picture: bytes):
    tensor = {
        "name": "image",
        "datatype": "BYTES",
        "shape": [1],
        "data": [base64.b64encode(picture).decode()],
    }
    answer = client.post("/v2/models/tiny/infer", json={"inputs": [tensor]}).json()
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    assert outputs["classes"] == [1, 2]
    assert outputs["labels"] == ["red", "green"]
    names = [one["name"] for one in client.get("/v2/models/tiny").json()["outputs"]]
    assert names == list(outputs)


def test_a_border_that_a_picture_leaves_no_room_for_is_the_callers_fault(
    start: Callable[..., TestClient], encoded: Callable[..., bytes]
):
    steps = [
        {"step": "decode_image"},
        {"step": "pad", "width": 32, "height": 32},
        {"step": "resize", "width": 2, "height": 2, "filter": "box"},
        {"step": "normalize"},
        {"step": "layout", "order": "CHW"},
    ]
    client = start(Settings(), **service(preprocess=steps))
    fits = client.post("/model/predict", files={"image": ("a.png", encoded(Image.new("RGB", (32, 30))))})
    assert fits.status_code == 200
    refused = client.post("/model/predict", files={"image": ("a.png", encoded(Image.new("RGB", (33, 30))))})
    assert refused.status_code == 400
    assert "33 x 30 pixels, more than the 32 x 32" in refused.json()["message"]


def test_the_command_line_gives_what_the_service_gives(write_service: Callable[..., Path], picture: bytes):
    folder = write_service(**service())
    predictor = Predictor(config.load(folder / "service.json"), folder)
    predictor.load()
    found = predictor.predict(picture, {"classes": 1}).found
    assert [(one.label_id, one.label) for one in found] == [(1, "red")]


def test_classes_come_by_score_and_equal_ones_by_id():
    value = TASK.value({"scores": np.array([[0.25, 0.5, 0.25]])}, NOWHERE)
    assert TASK.result(value, NOWHERE, LABELS).found == (
        PictureClass(1, "dog", 0.5),
        PictureClass(0, "cat", 0.25),
        PictureClass(2, "cow", 0.25),
    )


@pytest.mark.parametrize("shape", [(3,), (1, 3), (1, 1, 1, 3)])
def test_scores_come_in_every_shape_that_classifiers_answer_in(shape: tuple[int, ...]):
    value = TASK.value({"scores": np.array([0.1, 0.2, 0.7], np.float32).reshape(shape)}, NOWHERE)
    assert [one.label for one in TASK.result(value, NOWHERE, LABELS).found] == ["cow", "dog", "cat"]


def test_the_steps_number_drop_and_limit_the_classes():
    value = TASK.value({"scores": np.array([[9.0, 2, 3, 1]])}, NOWHERE)
    steps = [
        Softmax(),
        NumberClasses(first_id=-1),
        DropClasses(ids=(-1,)),
        TopK(k=2),
        Threshold(parameter="least"),
    ]
    assert {type(step) for step in steps} <= set(TASK.steps)
    left = postprocess(value, steps, Context({"least": 0.002}))
    assert [one.label for one in TASK.result(left, NOWHERE, LABELS).found] == ["dog"]


def test_scores_of_two_pictures_or_without_numbers_are_refused():
    with pytest.raises(ValueError, match="2 answers for one picture"):
        TASK.result(Scores(np.zeros((2, 3), np.float32)), NOWHERE, LABELS)
    with pytest.raises(ValueError, match="no numbers"):
        TASK.result(Scores(np.array([[np.nan, 1]], np.float32)), NOWHERE, LABELS)
