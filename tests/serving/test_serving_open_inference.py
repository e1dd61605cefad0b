from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.serving import inputs, tensors
from maxctl.serving.errors import ServingError
from maxctl.serving.settings import Settings

INFER = "/v2/models/tiny/infer"
SCORE = float(np.float32(204) * np.float32(1 / 255))
PIXELS = [255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 204]


def tensor(**changes: Any) -> dict[str, Any]:
    return {"name": "image", "datatype": "UINT8", "shape": [2, 2, 3], "data": PIXELS, **changes}


def infer(client: TestClient, body: Any, path: str = INFER) -> Any:
    return client.post(path, json=body)


def test_an_encoded_picture_is_answered_with_four_tensors(client: TestClient, picture: bytes):
    data = [base64.b64encode(picture).decode()]
    answer = infer(client, {"id": "q1", "inputs": [tensor(datatype="BYTES", shape=[1], data=data)]})
    assert answer.status_code == 200
    assert answer.json() == {
        "model_name": "tiny",
        "model_version": "1.2.3",
        "id": "q1",
        "outputs": [
            {
                "name": "detection_boxes",
                "datatype": "FP32",
                "shape": [2, 4],
                "data": [0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1],
            },
            {"name": "detection_scores", "datatype": "FP32", "shape": [2], "data": [1.0, SCORE]},
            {"name": "detection_classes", "datatype": "INT64", "shape": [2], "data": [1, 3]},
            {"name": "detection_labels", "datatype": "BYTES", "shape": [2], "data": ["red", "blue"]},
        ],
    }


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"shape": [1, 2, 2, 3]},
        {"data": [[[255, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 204]]]},
    ],
)
def test_pixels_flat_nested_or_in_a_batch_of_one_are_answered_alike(client: TestClient, form: dict[str, Any]):
    answer = infer(client, {"inputs": [tensor(**form)]})
    assert answer.json()["outputs"][3]["data"] == ["red", "blue"]
    assert "id" not in answer.json()


def test_outputs_are_chosen_and_ordered_as_asked(client: TestClient):
    wanted = [{"name": "detection_labels"}, {"name": "detection_scores"}]
    outputs = infer(client, {"inputs": [tensor()], "outputs": wanted}).json()["outputs"]
    assert [output["name"] for output in outputs] == ["detection_labels", "detection_scores"]


def test_the_threshold_is_a_parameter_and_others_are_passed_over(client: TestClient):
    asked = {"inputs": [tensor()], "parameters": {"threshold": 0.9, "remark": "x"}}
    assert infer(client, asked).json()["outputs"][3]["data"] == ["red"]


def test_nothing_found_is_an_answer(client: TestClient):
    outputs = infer(client, {"inputs": [tensor(data=[0] * 12)]}).json()["outputs"]
    assert [output["shape"] for output in outputs] == [[0, 4], [0], [0], [0]]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "must be a JSON object"),
        ({}, "inputs must be a list"),
        ({"inputs": []}, "one tensor called image"),
        ({"inputs": [1]}, "one tensor called image"),
        ({"inputs": [tensor(name="x")]}, "one tensor called image, not ['x']"),
        ({"inputs": [tensor(), tensor()]}, "one tensor called image"),
        ({"inputs": [tensor(datatype="FP32")]}, "datatype must be BYTES"),
        ({"inputs": [tensor(shape=None)]}, "shape must be"),
        ({"inputs": [tensor(shape=[2, -2, 3])]}, "shape must be"),
        ({"inputs": [tensor(shape=[True, 4, 3])]}, "shape must be"),
        ({"inputs": [tensor(shape=[2, 6])]}, "must have shape [H,W,3]"),
        ({"inputs": [tensor(shape=[2, 2, 1, 3])]}, "must have shape [H,W,3]"),
        ({"inputs": [tensor(data=[1, 2])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[256, *[0] * 11])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[-1, *[0] * 11])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[10**400, *[0] * 11])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[0.5, *[0] * 11])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[True] * 12)]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=[[1, 2], [3]])]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(data=None)]}, "must be 12 whole numbers from 0 to 255"),
        ({"inputs": [tensor(datatype="BYTES", shape=[2], data=["", ""])]}, "one picture a request"),
        ({"inputs": [tensor(datatype="BYTES", shape=[1], data=[1])]}, "text in base64"),
        ({"inputs": [tensor(datatype="BYTES", shape=[1], data=["*"])]}, "is not base64"),
        ({"inputs": [tensor(datatype="BYTES", shape=[1], data=["é"])]}, "is not base64"),
        ({"inputs": [tensor(datatype="BYTES", shape=[1], data=["AAAA"])]}, "Unrecognized image format"),
        ({"inputs": [tensor()], "id": 7}, "id must be text"),
        ({"inputs": [tensor()], "parameters": [1]}, "parameters must be an object"),
        (
            {"inputs": [tensor()], "parameters": {"threshold": 2}},
            "threshold: Probability threshold must be from 0 to 1",
        ),
        ({"inputs": [tensor()], "parameters": {"threshold": True}}, "must be a number, not True"),
        ({"inputs": [tensor()], "parameters": {"threshold": 10**400}}, "is too large"),
        ({"inputs": [tensor()], "outputs": [{"name": "x"}]}, "There is no output 'x'"),
        ({"inputs": [tensor()], "outputs": "x"}, "outputs must be a list"),
    ],
)
def test_a_wrong_request_is_refused_in_the_protocols_shape(client: TestClient, body: Any, reason: str):
    answer = infer(client, body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}
    assert reason in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"id":' + b"9" * 5000 + b"}"])
def test_what_is_no_json_is_refused(start: Callable[..., TestClient], body: bytes):
    client = start(Settings(max_body_bytes=200_000))
    answer = client.post(INFER, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "must be JSON" in answer.json()["error"]


def test_pixels_over_the_limit_are_refused_before_they_are_counted(start: Callable[..., TestClient]):
    answer = infer(start(Settings(max_pixels=3)), {"inputs": [tensor(shape=[10**9, 10**9, 3])]})
    assert answer.status_code == 413


def test_another_media_type_is_refused(client: TestClient):
    assert client.post(INFER, content=b"x", headers={"content-type": "image/png"}).status_code == 415


def binary(client: TestClient, blob: bytes, *, header: int | str = 0, **changes: Any) -> Any:
    """Send a tensor whose data follow the JSON."""
    one = tensor(parameters={"binary_data_size": len(blob)}, **changes)
    one.pop("data")
    text = json.dumps({"inputs": [one], "parameters": {"threshold": 0.5}}).encode()
    headers = {"Inference-Header-Content-Length": str(header or len(text))}
    return client.post(INFER, content=text + blob, headers=headers)


def test_binary_tensors_are_answered_as_their_json(client: TestClient, picture: bytes):
    pixels = np.array(PIXELS, np.uint8).tobytes()
    as_json = infer(client, {"inputs": [tensor()], "parameters": {"threshold": 0.5}}).json()
    assert binary(client, pixels).json() == as_json
    file = struct.pack("<I", len(picture)) + picture
    assert binary(client, file, datatype="BYTES", shape=[1]).json() == as_json


def test_outputs_that_are_wanted_in_binary_follow_the_json(client: TestClient):
    scores = {"name": "detection_scores", "parameters": {"binary_data": True}}
    labels = {"name": "detection_labels", "parameters": {"binary_data": True}}
    asked = {"inputs": [tensor()], "parameters": {"threshold": 0.5}, "outputs": [scores, labels]}
    answer = infer(client, asked)
    length = int(answer.headers["inference-header-content-length"])
    told = json.loads(answer.content[:length])["outputs"]
    assert [one["parameters"]["binary_data_size"] for one in told] == [8, 4 + 3 + 4 + 4]
    assert "data" not in told[0]
    blob = answer.content[length:]
    assert np.frombuffer(blob[:8], "<f4").tolist() == [1.0, pytest.approx(0.8)]
    assert blob[8:] == b"\x03\0\0\0red\x04\0\0\0blue"
    every = infer(client, {**asked, "outputs": None, "parameters": {"binary_data_output": True}})
    assert "inference-header-content-length" in every.headers


@pytest.mark.parametrize(
    ("blob", "changes", "reason"),
    [
        (b"123", {}, "takes 12 bytes, not 3"),
        (b"", {"header": 10**6}, "Inference-Header-Content-Length must be"),
        (b"x" * 12, {"header": "-3"}, "Inference-Header-Content-Length must be"),
        (b"\x09\0\0\0x", {"datatype": "BYTES", "shape": [1]}, "an element of 9 bytes is cut short"),
        (b"\x01", {"datatype": "BYTES", "shape": [1]}, "cut short"),
    ],
)
def test_binary_data_that_do_not_fit_are_refused(client: TestClient, blob: bytes, changes: Any, reason: str):
    answer = binary(client, blob, **changes)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


@pytest.mark.parametrize("tail", ["", "/ready", "/infer"])
@pytest.mark.parametrize("model", ["other", "tiny/versions/9"])
def test_an_unknown_model_or_version_is_404_and_names_the_one_served(
    client: TestClient, model: str, tail: str
):
    method = "POST" if tail == "/infer" else "GET"
    answer = client.request(method, f"/v2/models/{model}{tail}")
    assert answer.status_code == 404
    assert answer.json().keys() == {"error"}
    assert "served here is" in answer.json()["error"]


def test_the_versioned_paths_answer_the_same(client: TestClient):
    for tail in ("", "/ready"):
        plain, versioned = (
            client.get(f"/v2/models/tiny{part}{tail}").json() for part in ("", "/versions/1.2.3")
        )
        assert plain == versioned
    body = {"inputs": [tensor()]}
    assert infer(client, body).json() == infer(client, body, "/v2/models/tiny/versions/1.2.3/infer").json()


def test_server_and_model_describe_themselves(client: TestClient):
    assert client.get("/v2").json() == {
        "name": "Tiny <Detector>",
        "version": "1.2.3",
        "extensions": ["binary_tensor_data"],
    }
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/tiny/ready").json() == {"name": "tiny", "ready": True}
    model = client.get("/v2/models/tiny").json()
    assert model["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [1]}]
    assert {output["name"]: output["shape"] for output in model["outputs"]} == {
        "detection_boxes": [-1, 4],
        "detection_scores": [-1],
        "detection_classes": [-1],
        "detection_labels": [-1],
    }


def test_before_the_model_is_loaded_readiness_is_503_in_the_protocols_shape(make_app: Callable[..., Any]):
    client = TestClient(make_app())
    for path in ("/v2/health/ready", "/v2/models/tiny/ready"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json().keys() == {"error"}
    assert client.get("/v2/health/live").status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


PARTS = {
    "name": st.just("image"),
    "datatype": st.sampled_from(["UINT8", "BYTES"]),
    "shape": st.just([1, 1, 3]) | JSON,
    "data": JSON,
}


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({}, optional=PARTS), JSON, JSON)
def test_no_json_makes_the_parser_raise_anything_but_a_refusal(part: Any, parameters: Any, outputs: Any):
    body = json.dumps({"inputs": [part], "parameters": parameters, "outputs": outputs}).encode()
    try:
        tensors.parse(body, input_name="image", kind=inputs.find("image"), max_elements=100)
    except ServingError as refusal:
        assert refusal.status in (400, 413)
