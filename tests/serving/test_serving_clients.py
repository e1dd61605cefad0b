"""Other people's clients ask a running service of every task: tritonclient, KServe's, and requests."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.serving import every_task
from tests.serving.running import running

Address = Callable[[str], str]
DTYPES = {"BYTES": object, "FP32": np.float32, "UINT8": np.uint8}
# byte for byte what kserve 0.21.0 sent
KSERVE = json.loads((Path(__file__).parent / "recorded" / "kserve.json").read_text())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """Give the address of a task's service, which starts when it is first asked for."""
    with ExitStack() as services:

        @cache
        def of(name: str) -> str:
            return services.enter_context(running(every_task.write(tmp_path_factory.mktemp("service"), name)))

        yield of


def by_max(address: str, name: str) -> dict[str, Any]:
    answer = requests.post(f"{address}/model/predict", **every_task.body(name), timeout=10)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def elements(told: dict[str, Any], name: str) -> dict[str, list[Any]]:
    """Return what MAX's answer says, as the tensors of the Open Inference Protocol that must say the same."""
    found = told.get("predictions", [])
    if name == "object-detection":
        return {
            "detection_boxes": [one["detection_box"] for one in found],
            "detection_labels": [one["label"] for one in found],
        }
    if name in ("image-classification", "audio-classification"):
        return {"scores": [one["probability"] for one in found], "labels": [one["label"] for one in found]}
    if name == "image-segmentation":
        return {"seg_map": told["seg_map"], "labels": [one["label"] for one in told["labels"]]}
    if name == "key-points":
        parts = [part for one in found for part in one["body_parts"]]
        return {"scores": [one["score"] for one in parts], "labels": [one["part_name"] for one in parts]}
    if name == "speech-activity":
        return {"times": [[one["start_time"], one["end_time"]] for one in found]}
    if name in ("text-classification", "text-classification-strings"):
        return {"scores": [list(one.values()) for one in found], "labels": list(found[0])}
    if name == "embedding":
        return {"embedding": told["embedding"]}
    if name == "tabular":
        return {
            "labels": [one["label"] for one in found],
            "scores": [list(one["probabilities"].values()) for one in found],
        }
    if name == "tabular-values":
        return {"values": [[one] for one in found]}
    return {"answer": [json.dumps({key: value for key, value in told.items() if key != "status"})]}


def same(found: Any, expected: list[Any]) -> bool:
    if found.dtype == object:
        return [one.decode() if isinstance(one, bytes) else one for one in found.ravel()] == expected
    return bool(np.allclose(found, np.array(expected).reshape(found.shape), atol=1e-6))


def asked(client: Any, name: str, number: int, binary: bool | None, **more: Any) -> Any:
    """Return the answer to the first tensor of a task (the same input as MAX's) or to the second."""
    datatype, shape, data = every_task.tensors(name)[number]
    tensor = triton.InferInput(every_task.field_of(name), shape, datatype)
    # the client writes no files of pictures and sounds into JSON
    file = datatype == "BYTES" and every_task.EXAMPLES[name].file is not None
    in_json = binary is False and not file
    tensor.set_data_from_numpy(np.array(data, DTYPES[datatype]).reshape(shape), binary_data=not in_json)
    outputs = None
    if binary is not None:
        outputs = [
            triton.InferRequestedOutput(one["name"], binary_data=binary)
            for one in client.get_model_metadata(f"small-{name}")["outputs"]
        ]
    return client.infer(f"small-{name}", [tensor], outputs=outputs, request_id="abc", **more)


@pytest.fixture
def triton_client(address: Address, request: pytest.FixtureRequest) -> Iterator[Any]:
    client = triton.InferenceServerClient(address(request.param).removeprefix("http://"))
    yield client
    client.close()


def each_task(test: Any) -> Any:
    return pytest.mark.parametrize(
        ("triton_client", "name"), [(name, name) for name in every_task.EXAMPLES], indirect=["triton_client"]
    )(test)


@each_task
@pytest.mark.parametrize("binary", [True, False, None], ids=["binary", "json", "as it likes"])
def test_tritonclient_is_told_the_same_as_a_caller_of_max(
    triton_client: Any, address: Address, name: str, binary: bool | None
):
    answer = asked(triton_client, name, 0, binary)
    assert answer.get_response()["id"] == "abc"
    assert answer.get_response()["model_name"] == f"small-{name}"
    expected = elements(by_max(address(name), name), name)
    assert {one: same(answer.as_numpy(one), told) for one, told in expected.items()} == dict.fromkeys(
        expected, True
    )


@each_task
def test_every_tensor_that_a_service_advertises_is_answered_in_its_type_and_shape(
    triton_client: Any, name: str
):
    told = triton_client.get_model_metadata(f"small-{name}")
    assert [one["name"] for one in told["inputs"]] == [every_task.field_of(name)]
    for number in range(len(every_task.tensors(name))):
        answer = asked(triton_client, name, number, None)
        outputs = {one["name"]: one for one in answer.get_response()["outputs"]}
        assert outputs.keys() == {one["name"] for one in told["outputs"]}
        for one in told["outputs"]:
            assert outputs[one["name"]]["datatype"] == one["datatype"]
            sizes = answer.as_numpy(one["name"]).shape
            assert len(sizes) == len(one["shape"])
            assert all(any_ in (-1, size) for any_, size in zip(one["shape"], sizes, strict=True))


@each_task
def test_tritonclient_finds_server_and_model_alive_and_ready(triton_client: Any, name: str):
    assert triton_client.is_server_live()
    assert triton_client.is_server_ready()
    assert triton_client.is_model_ready(f"small-{name}")
    assert triton_client.is_model_ready(f"small-{name}", "1.0.0")
    assert not triton_client.is_model_ready(f"small-{name}", "7")
    assert triton_client.get_server_metadata()["extensions"] == ["binary_tensor_data"]


only_detection = pytest.mark.parametrize("triton_client", ["object-detection"], indirect=True)


@only_detection
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_tritonclient_may_compress_its_requests(triton_client: Any, encoding: str):
    answer = asked(triton_client, "object-detection", 0, True, request_compression_algorithm=encoding)
    assert answer.as_numpy("detection_labels").tolist() == [b"red"]


@only_detection
def test_tritonclients_own_parameters_are_passed_over(triton_client: Any):
    answer = asked(
        triton_client, "object-detection", 0, None, sequence_id=5, sequence_start=True, priority=1, timeout=9
    )
    assert len(answer.as_numpy("detection_scores")) == 1


@only_detection
def test_tritonclient_is_told_why_it_is_refused(triton_client: Any):
    with pytest.raises(InferenceServerException, match="threshold: Least probability must be from 0 to 1"):
        asked(triton_client, "object-detection", 0, None, parameters={"threshold": 3})
    with pytest.raises(InferenceServerException, match="There is nothing at /v2/repository/index"):
        triton_client.get_model_repository_index()


def exchange(address: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the bytes of one request, and return status, headers and body of the answer."""
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers = {}
            while line := stream.readline().strip():
                key, _, value = line.decode().partition(":")
                headers[key.lower()] = value.strip()
            return status, headers, stream.read(int(headers["content-length"]))


@pytest.mark.parametrize("name", KSERVE)
def test_what_the_kserve_client_sends_is_answered(address: Address, name: str):
    """The first three ask for health; each of the others holds the input in JSON, or binary and wants it back so."""
    live, ready, model, *inferences = [base64.b64decode(one) for one in KSERVE[name]]
    assert json.loads(exchange(address(name), live)[2]) == {"live": True}
    assert json.loads(exchange(address(name), ready)[2]) == {"ready": True}
    assert json.loads(exchange(address(name), model)[2])["ready"] is True
    assert inferences
    for request in inferences:
        status, headers, body = exchange(address(name), request)
        assert status == 200, body
        wants_binary = b"binary_data_output" in request
        length = headers.get("inference-header-content-length")
        assert (length is not None) == wants_binary
        head, rest = (body[: int(length)], body[int(length) :]) if length else (body, b"")
        answer = json.loads(head)
        assert answer["id"] == "r1"
        sizes = [one.get("parameters", {}).get("binary_data_size", 0) for one in answer["outputs"]]
        assert sum(sizes) == len(rest)
        assert all(("data" in one) != wants_binary for one in answer["outputs"])


def test_kserve_was_recorded_with_the_service_of_every_task():
    assert KSERVE.keys() == every_task.EXAMPLES.keys()


@pytest.mark.parametrize("name", [name for name, one in every_task.EXAMPLES.items() if one.file])
def test_requests_streams_a_file_in_chunks_and_is_answered(address: Address, name: str):
    prepared = requests.Request("POST", f"{address(name)}/model/predict", **every_task.body(name)).prepare()
    whole = bytes(prepared.body)
    prepared.body = iter([whole[:10], whole[10:]])
    del prepared.headers["Content-Length"]
    prepared.headers["Transfer-Encoding"] = "chunked"
    with requests.Session() as session:
        assert session.send(prepared, timeout=10).json() == by_max(address(name), name)
