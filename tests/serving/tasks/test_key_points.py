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
from maxctl.serving.labels import Labels
from maxctl.serving.predictor import Predictor
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context
from maxctl.serving.steps.picture import Picture
from maxctl.serving.steps.points import Points
from maxctl.serving.tasks.key_points import KeyPoints

TASK = KeyPoints()


class Planes(Engine):
    """The heat maps of three points are the planes of the picture."""

    @classmethod
    def load(cls, path: Path, threads: int) -> Planes:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        return Signature(
            {"image": TensorSpec("float32", (1, 8, 8, 3))}, {"maps": TensorSpec("float32", (1, 8, 8, 3))}
        )

    def infer(self, inputs: Any) -> dict[str, Any]:
        return {"maps": inputs["image"]}


def service(**changes: Any) -> dict[str, Any]:
    engines.register("planes", Planes)
    return {
        "task": "key-points",
        "engine": {
            "name": "planes",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "preprocess": [
            {"step": "decode_image"},
            {"step": "letterbox", "width": 8, "height": 8, "filter": "nearest", "color": [0]},
            {"step": "scale", "multiply": 1 / 255},
        ],
        "outputs": {"heat_maps": "maps"},
        "postprocess": [
            {"step": "heat_map_points"},
            {"step": "point_threshold", "parameter": "threshold"},
            {"step": "pose_lines", "pairs": [[0, 1], [1, 2]]},
        ],
        # the label file of these tests names 1, 2 and 3
        **changes,
    }


@pytest.fixture
def dots() -> Image.Image:
    """Return 16 x 8 pixels, which go into the frame's rows 2 to 5: a red, a green and a faint blue square."""
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[0:2, 0:2, 0] = pixels[6:8, 14:16, 1] = 255
    pixels[4:6, 4:6, 2] = 51
    return Image.fromarray(pixels)


def test_a_picture_becomes_a_body_over_the_api_of_max(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], dots: Image.Image
):
    client = start(Settings(), **service())
    answer = client.post("/model/predict", files={"image": ("a.png", encoded(dots))}).json()
    assert answer == {
        "status": "ok",
        "predictions": [
            {
                "human_id": 0,
                "pose_lines": [{"line": [1, 1, 15, 7]}],
                "body_parts": [
                    {"part_id": 0, "part_name": "N/A", "score": 1.0, "x": 1, "y": 1},
                    {"part_id": 1, "part_name": "red", "score": 1.0, "x": 15, "y": 7},
                ],
            }
        ],
    }
    surer = client.post(
        "/model/predict", files={"image": ("a.png", encoded(dots))}, data={"threshold": "0.1"}
    )
    (body,) = surer.json()["predictions"]
    assert body["body_parts"][2] == {
        "part_id": 2,
        "part_name": "green",
        "score": pytest.approx(0.2),
        "x": 5,
        "y": 5,
    }
    assert body["pose_lines"] == [{"line": [1, 1, 15, 7]}, {"line": [15, 7, 5, 5]}]


def test_the_same_comes_over_the_open_inference_protocol(
    start: Callable[..., TestClient], encoded: Callable[..., bytes], dots: Image.Image
):
    client = start(Settings(), **service())
    data = base64.b64encode(encoded(dots)).decode()
    tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [data]}
    outputs = {
        one["name"]: one
        for one in client.post("/v2/models/tiny/infer", json={"inputs": [tensor]}).json()["outputs"]
    }
    assert outputs["points"]["shape"] == [2, 2]
    assert outputs["points"]["data"] == pytest.approx([1, 1, 7, 15])
    assert outputs["bodies"]["data"] == [0, 0]
    assert outputs["parts"]["data"] == [0, 1]
    assert outputs["labels"]["data"] == ["N/A", "red"]


def test_a_picture_in_which_nothing_is_sure_has_no_body(
    start: Callable[..., TestClient], encoded: Callable[..., bytes]
):
    client = start(Settings(), **service())
    picture = encoded(Image.new("RGB", (9, 9)))
    answer = client.post("/model/predict", files={"image": ("a.png", picture)}).json()
    assert answer == {"status": "ok", "predictions": []}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"postprocess": []}, "add heat_map_points"),
        ({"outputs": {}}, "needs either heat_maps or points"),
        ({"outputs": {"heat_maps": "maps", "scores": "maps"}}, "come without scores"),
        (
            {"postprocess": [{"step": "heat_map_points"}, {"step": "pose_lines", "pairs": [[0, 3]]}]},
            "points 0 to 2",
        ),
    ],
)
def test_a_service_whose_steps_find_no_points_does_not_start(
    write_service: Callable[..., Path], changes: dict[str, Any], says: str
):
    folder = write_service(**service(**changes))
    with pytest.raises(StartupError, match=says):
        Predictor(config.load(folder / "service.json"), folder).load()


def test_pixels_are_the_nearest_whole_ones_and_exact_in_the_protocol():
    context = Context({}, Picture.whole(np.zeros((100, 100, 3), np.uint8)))
    points = Points(np.array([[[0.126, 0.123]]], np.float32), np.ones((1, 1), np.float32))
    result = TASK.result(points, context, Labels(()))
    (body,) = TASK.max_response(result)["predictions"]
    assert (body["body_parts"][0]["x"], body["body_parts"][0]["y"]) == (12, 13)
    assert TASK.tensors(result)[0].data == pytest.approx([12.6, 12.3])


def test_points_that_are_no_numbers_are_refused():
    picture = Context({}, Picture.whole(np.zeros((2, 2, 3), np.uint8)))
    points = Points(np.full((1, 2, 2), np.nan, np.float32), np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="no numbers"):
        TASK.result(points, picture, Labels(()))
