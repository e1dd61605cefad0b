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
from maxctl.serving.errors import StartupError
from maxctl.serving.labels import Label, Labels
from maxctl.serving.predictor import Predictor
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context
from maxctl.serving.steps.maps import Mask
from maxctl.serving.tasks.image_segmentation import ImageSegmentation

TASK = ImageSegmentation()
LABELS = Labels((Label(id=0, name="sky"), Label(id=1, name="sea")))
NOWHERE = Context({})


class Colors(Engine):
    """The scores of each pixel are its colours; as in MAX's segmenter, the size of the picture is free."""

    @classmethod
    def load(cls, path: Path, threads: int) -> Colors:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        return Signature(
            {"image": TensorSpec("uint8", (1, None, None, 3))},
            {
                "scores": TensorSpec("float32", (1, None, None, 3)),
                "best": TensorSpec("int64", (1, None, None)),
            },
        )

    def infer(self, inputs: Any) -> dict[str, Any]:
        scores = inputs["image"].astype(np.float32)
        return {"scores": scores, "best": scores.argmax(axis=3)}


def service(**changes: Any) -> dict[str, Any]:
    engines.register("colors", Colors)
    return {
        "task": "image-segmentation",
        "engine": {
            "name": "colors",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "preprocess": [
            {"step": "decode_image"},
            {
                "step": "resize_side",
                "side": "longer",
                "length": 4,
                "filter": "box",
                "rounding": "ratio-floor",
            },
        ],
        "outputs": {"seg_map": "best"},
        "postprocess": [],
        "parameters": {},
        **changes,
    }


@pytest.fixture
def halves() -> Image.Image:
    """Return a picture of 8 x 4 pixels: green at the left, blue at the right."""
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, :4, 1] = pixels[:, 4:, 2] = 255
    return Image.fromarray(pixels)


def test_a_picture_becomes_a_map_over_the_api_of_max(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], halves: Image.Image
):
    client = start(Settings(), **service(labels=None))
    answer = client.post("/model/predict", files={"image": ("a.png", encoded(halves))}).json()
    # exactly the keys of the Image Segmenter, and its size: that of what the model saw, width first
    assert answer == {"status": "ok", "image_size": [4, 2], "seg_map": [[1, 1, 2, 2], [1, 1, 2, 2]]}


def test_the_classes_in_the_map_are_named_where_there_are_names(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], halves: Image.Image
):
    client = start(Settings(), **service())
    answer = client.post("/model/predict", files={"image": ("a.png", encoded(halves))}).json()
    assert answer["labels"] == [
        {"label_id": 1, "label": "red", "pixels": 4},
        {"label_id": 2, "label": "green", "pixels": 4},
    ]


def test_the_map_can_be_that_of_the_whole_picture_and_its_runs(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], halves: Image.Image
):
    steps = [
        {"step": "softmax"},
        {"step": "resize_mask_to_picture", "filter": "bilinear"},
        {"step": "argmax_mask"},
        {"step": "run_length_encoding", "background": 2},
    ]
    client = start(Settings(), **service(outputs={"scores": "scores"}, postprocess=steps))
    answer = client.post("/model/predict", files={"image": ("a.png", encoded(halves))}).json()
    assert answer == {
        "status": "ok",
        "image_size": [8, 4],
        "predictions": [{"label_id": 1, "label": "red", "mask": [1, 16]}],
    }


def test_the_same_comes_over_the_open_inference_protocol(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], halves: Image.Image
):
    client = start(Settings(), **service())
    data = base64.b64encode(encoded(halves)).decode()
    tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [data]}
    outputs = {
        one["name"]: one
        for one in client.post("/v2/models/tiny/infer", json={"inputs": [tensor]}).json()["outputs"]
    }
    assert outputs["seg_map"]["shape"] == [2, 4]
    assert outputs["seg_map"]["data"] == [1, 1, 2, 2] * 2
    assert outputs["labels"]["data"] == ["red", "green"]
    described = client.get("/v2/models/tiny").json()["outputs"]
    assert [(one["name"], one["shape"]) for one in described] == [
        ("seg_map", [-1, -1]),
        ("classes", [-1]),
        ("labels", [-1]),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outputs": {"scores": "scores"}}, "add argmax_mask or mask_threshold"),
        ({"outputs": {}}, "needs either scores or seg_map"),
        ({"outputs": {"scores": "scores", "seg_map": "best"}}, "needs either scores or seg_map"),
        ({"outputs": {"seg_map": "scores"}}, r"seg_map must be whole numbers \[1,H,W\]"),
        (
            {"outputs": {"scores": "scores"}, "postprocess": [{"step": "mask_threshold", "above": 1}]},
            "argmax_mask",
        ),
    ],
)
def test_a_service_whose_steps_do_not_decide_the_pixels_does_not_start(
    write_service: Callable[..., Path], changes: dict[str, Any], says: str
):
    folder = write_service(**service(**changes))
    with pytest.raises(StartupError, match=says):
        Predictor(config.load(folder / "service.json"), folder).load()


@pytest.mark.parametrize("shape", [(1, 2, 3), (1, 2, 3, 1), (1, 1, 2, 3)])
def test_maps_of_classes_come_in_every_shape_that_segmenters_answer_in(shape: tuple[int, ...]):
    value = TASK.value({"seg_map": np.arange(6, dtype=np.float32).reshape(shape)}, NOWHERE)
    assert isinstance(value, Mask)
    assert value.ids.tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="the role is scores"):
        TASK.value({"seg_map": np.full(shape, 0.5)}, NOWHERE)


def test_scores_of_one_class_need_no_axis_for_it():
    assert TASK.value({"scores": np.zeros((1, 2, 3))}, NOWHERE).values.shape == (2, 3, 1)
    with pytest.raises(ValueError, match=r"\[2, 4, 4, 3\]"):
        TASK.value({"scores": np.zeros((2, 4, 4, 3))}, NOWHERE)


def test_pixels_are_counted_by_class():
    result = TASK.result(Mask(np.array([[0, 1, 1], [1, 1, 7]], np.int32)), NOWHERE, LABELS)
    assert [(one.label, one.pixels) for one in result.segments] == [("sky", 1), ("sea", 4), ("N/A", 1)]
    # 255 and -1 are common for what is not to be judged
    odd = TASK.result(Mask(np.array([[-1, 1], [1, 1 << 20]], np.int32)), NOWHERE, LABELS)
    assert [(one.label_id, one.pixels) for one in odd.segments] == [(-1, 1), (1, 2), (1 << 20, 1)]
