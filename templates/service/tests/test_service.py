"""The service over HTTP: the one at SERVICE_URL, or one started here for the tests.

What it has to answer is in `../service.json`, `../assets/labels.json` and the golden cases beside this file.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SERVICE = json.loads((ROOT / "service.json").read_text(encoding="utf-8"))
SUITE = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
FIELD = SERVICE["input"]["field"]
AS_JSON = SERVICE["input"]["kind"] in ("text", "table")
READY_SECONDS = 60


@pytest.fixture(scope="session")
def service():
    """Give the address of a service that is ready."""
    given = os.environ.get("SERVICE_URL", "").rstrip("/")
    if given:
        _wait(given, None)
        yield given
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "serving", "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_metadata_is_what_the_publisher_states(service):
    assert ask(f"{service}/model/metadata") == (200, SERVICE["metadata"])


@pytest.mark.skipif(not SERVICE.get("labels"), reason="the model has no labels")
def test_labels_are_those_of_the_model(service):
    expected = json.loads((ROOT / SERVICE["labels"]).read_text(encoding="utf-8"))
    status, answer = ask(f"{service}/model/labels")
    assert status == 200
    assert answer["count"] == len(expected)
    assert answer["labels"] == [{"id": str(label["id"]), "name": label["name"]} for label in expected]


def test_the_api_describes_itself(service):
    status, swagger = ask(f"{service}/swagger.json")
    assert (status, swagger["swagger"], swagger["info"]["title"]) == (200, "2.0", SERVICE["api"]["title"])
    assert ask(f"{service}/openapi.json")[0] == 200


@pytest.mark.parametrize("case", SUITE["cases"], ids=lambda case: case["id"])
def test_the_answer_is_that_of_the_research_code(service, case):
    status, answer = predict(service, (HERE / case["input"]).read_bytes(), case["parameters"])
    assert status == 200, answer
    if SERVICE["task"] == "object-detection":
        left = list(answer["predictions"])
        for expected in case["expected"]["predictions"]:
            match = next((found for found in left if same(expected, found)), None)
            assert match is not None, f"{expected} is not among {answer['predictions']}"
            left.remove(match)
        assert left == []
    elif SERVICE["task"] == "image-segmentation":
        assert agreement(case["expected"]["seg_map"], answer["seg_map"]) >= SUITE["tolerance"]["iou"]
    else:
        assert list(unlike(case["expected"], answer)) == []


@pytest.mark.skipif(AS_JSON, reason="any text is an input of this model")
def test_what_is_no_input_is_refused_with_a_reason(service):
    status, answer = predict(service, b"this is no picture and no sound", {})
    assert (status, answer["status"]) == (400, "error")
    assert answer["message"]


def test_a_request_without_the_upload_is_refused(service):
    status, answer = predict(service, b"", {}, field=f"not-{FIELD}")
    assert status == 400
    assert FIELD in answer["errors"]


@pytest.mark.parametrize("name", sorted(SERVICE["parameters"]))
def test_a_parameter_that_is_no_number_is_refused(service, name):
    status, answer = predict(service, b"1", {name: "many"})
    assert status == 400
    assert name in answer["errors"]


def test_an_unknown_path_and_a_wrong_method_are_answered_in_json(service):
    assert ask(f"{service}/no/such/path")[0] == 404
    assert ask(f"{service}/model/predict")[0] == 405


def same(expected, found):
    """Tell whether a prediction is the expected one, to the tolerance of the golden suite."""
    tolerance = SUITE["tolerance"]
    return (
        found["label_id"] == expected["label_id"]
        and abs(found["probability"] - expected["probability"]) <= tolerance["score"]
        and overlap(found["detection_box"], expected["detection_box"]) >= tolerance["iou"]
    )


def unlike(expected, found, path=""):
    """Yield the places in which an answer is another, numbers to the tolerance of the golden suite."""
    numbers = (int, float)
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            if key in expected and key in found:
                yield from unlike(expected[key], found[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found)):
            yield from unlike(one, other, f"{path}[{index}]")
    elif isinstance(expected, numbers) and isinstance(found, numbers):
        if abs(expected - found) > SUITE["tolerance"]["score"] + 1e-9:
            yield f"{path}: {found}, expected {expected}"
    elif expected != found:
        yield f"{path}: {found!r}, expected {expected!r}"


def agreement(expected, found):
    """Return the part of the pixels that have the expected class."""
    pairs = [pair for one, other in zip(expected, found) for pair in zip(one, other)]
    return sum(one == other for one, other in pairs) / len(pairs) if len(expected) == len(found) else 0.0


def overlap(one, other):
    """Return intersection over union of two boxes: ymin, xmin, ymax, xmax."""
    height = min(one[2], other[2]) - max(one[0], other[0])
    width = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(height, 0) * max(width, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared) if shared else 0.0


def predict(service, content, parameters, field=FIELD):
    """Return status and answer of an upload."""
    query = urllib.parse.urlencode(parameters)
    if AS_JSON:
        text = content.decode()
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        body, headers = json.dumps({field: value}).encode(), {"Content-Type": "application/json"}
        return ask(urllib.request.Request(f"{service}/model/predict?{query}", body, headers))
    boundary = uuid.uuid4().hex
    name = field.replace("%", "%25").replace('"', "%22")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="input"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return ask(urllib.request.Request(f"{service}/model/predict?{query}", body, headers))


def ask(request):
    """Return the status and the JSON of an answer, whatever the status."""
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def _wait(url, process):
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            pytest.fail(f"the service ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{url} was not ready within {READY_SECONDS} seconds")
