from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from maxctl.serving.settings import Settings

Start = Callable[..., TestClient]
PREDICT = "/model/predict"
SCORE = float(np.float32(204) * np.float32(1 / 255))
RED = {"label_id": "1", "label": "red", "probability": 1.0, "detection_box": [0.0, 0.0, 0.5, 0.5]}
BLUE = {
    "label_id": "3",
    "label": "blue",
    "probability": SCORE,
    "detection_box": [0.5, 0.5, 1.0, 1.0],
}


def labels(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["label"] for one in answer.json()["predictions"]]


def test_predict_answers_in_the_shape_of_the_model_asset_exchange(client: TestClient, picture: bytes):
    answer = client.post(PREDICT, files={"image": picture})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.text.endswith("}\n")
    assert answer.json() == {"status": "ok", "predictions": [RED, BLUE]}


def test_equal_scores_are_ordered_by_the_number_of_the_label_not_by_its_text(
    start: Start, encoded: Callable[..., bytes]
):
    names = [{"step": "class_scores", "first_id": 9}, {"step": "non_maximum_suppression"}]
    client = start(postprocess=names)
    image = Image.new("RGB", (2, 2))
    image.putdata([(0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 0, 0)])
    ids = [
        one["label_id"] for one in client.post(PREDICT, files={"image": encoded(image)}).json()["predictions"]
    ]
    assert ids == ["9", "10", "11"]


def test_a_class_without_a_name_is_answered_as_na(start: Start, picture: bytes):
    client = start(postprocess=[{"step": "class_scores", "first_id": 3}, {"step": "non_maximum_suppression"}])
    assert labels(client.post(PREDICT, files={"image": picture})) == ["blue", "N/A"]


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        ({}, {}, ["red", "blue"]),
        ({"threshold": "0.9"}, {}, ["red"]),
        ({}, {"threshold": "0.9"}, ["red"]),
        ({"threshold": "0.9"}, {"threshold": "0.1"}, ["red"]),
        ({"threshold": "0.1"}, {"threshold": "0.9"}, ["red", "blue"]),
        ({"threshold": ["0.9", "0.1"]}, {}, ["red"]),
        ({"threshold": "1"}, {}, []),
        ({"threshold": "1e-3"}, {}, ["red", "blue"]),
    ],
)
def test_the_threshold_comes_from_query_or_form_and_the_query_wins(
    client: TestClient, picture: bytes, query: dict, form: dict, expected: list[str]
):
    assert labels(client.post(PREDICT, params=query, data=form, files={"image": picture})) == expected


def test_a_score_equal_to_the_threshold_is_not_answered(client: TestClient, picture: bytes):
    exactly = BLUE["probability"]
    assert labels(client.post(PREDICT, params={"threshold": repr(exactly)}, files={"image": picture})) == [
        "red"
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("abc", "could not convert string to float: 'abc'"),
        ("", "could not convert string to float: ''"),
        ("7", "must be from 0 to 1, not 7"),
        ("-0.1", "must be from 0 to 1, not -0.1"),
        ("nan", "must be from 0 to 1, not nan"),
        ("inf", "must be from 0 to 1, not inf"),
        ("0x1", "could not convert string to float: '0x1'"),
    ],
)
@pytest.mark.parametrize("place", ["params", "data"])
def test_a_wrong_threshold_is_refused_with_the_reason(
    client: TestClient, picture: bytes, place: str, value: str, reason: str
):
    answer = client.post(PREDICT, files={"image": picture}, **{place: {"threshold": value}})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "message": "Input payload validation failed",
        "errors": {"threshold": f"Probability threshold {reason}"},
    }


def test_a_long_wrong_value_is_not_echoed_whole(client: TestClient, picture: bytes):
    answer = client.post(PREDICT, files={"image": picture}, data={"threshold": "x" * 50_000})
    assert answer.status_code == 400
    assert len(answer.text) < 300


@pytest.mark.parametrize(
    ("request_", "hint"),
    [
        ({}, "send multipart/form-data"),
        ({"json": {"image": "x"}}, "not 'application/json'"),
        ({"content": b"\x89PNG", "headers": {"content-type": "image/png"}}, "not 'image/png'"),
        ({"files": {"file": b"x"}}, "the files sent are called ['file']"),
        ({"data": {"image": "x"}, "files": {"other": b"x"}}, "the part image has no filename"),
        ({"files": {"image": ("", b"")}}, "Missing required parameter in an uploaded file"),
    ],
)
def test_a_missing_picture_is_told_in_the_words_of_the_model_asset_exchange(
    client: TestClient, request_: dict, hint: str
):
    answer = client.post(PREDICT, **request_)
    assert answer.status_code == 400
    body = answer.json()
    assert body["status"] == "error"
    assert body["message"] == "Input payload validation failed"
    assert "Missing required parameter in an uploaded file" in body["errors"]["image"]
    assert hint in body["errors"]["image"]


def test_all_faults_of_a_request_are_told_at_once(client: TestClient):
    assert client.post(PREDICT, params={"threshold": "7"}).json()["errors"].keys() == {"image", "threshold"}


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_cannot_be_decoded_is_a_bad_request_with_the_reason(client: TestClient, data: bytes):
    answer = client.post(PREDICT, files={"image": ("x.png", data)})
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"
    assert answer.json()["errors"]["image"]


def test_a_picture_over_the_pixel_limit_is_refused(start: Start, picture: bytes):
    answer = start(Settings(max_pixels=3)).post(PREDICT, files={"image": picture})
    assert answer.status_code == 413
    assert answer.json()["errors"] == {"image": "2 x 2 pixels are more than the 3 allowed"}


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
)
def test_a_form_that_cannot_be_read_is_a_bad_request(client: TestClient, content_type: str):
    answer = client.post(PREDICT, content=b"--x\r\nbroken", headers={"content-type": content_type})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The form cannot be read")


def test_a_form_cut_short_is_refused_rather_than_answered_from_half_a_file(
    client: TestClient, picture: bytes
):
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    answer = client.post(
        PREDICT, content=head + picture, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 400
    assert "closing boundary" in answer.json()["message"]


def test_a_body_over_the_limit_is_refused_by_its_announced_length(start: Start):
    answer = start(Settings(max_body_bytes=1000)).post(PREDICT, files={"image": b"x" * 2000})
    assert answer.status_code == 413
    assert answer.json() == {
        "status": "error",
        "message": "The body is larger than the 1000 bytes that are accepted",
    }


async def call(
    app: Any, receive: Callable[[], Any], headers: list[tuple[bytes, bytes]] | None = None
) -> list[dict]:
    """Post to predict by hand, so that the test decides what arrives."""
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": PREDICT, "raw_path": PREDICT.encode(), "query_string": b"", "root_path": "",
        "headers": headers or [], "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "headers",
    [[(b"content-length", b"99999")], [(b"content-length", b"11000"), (b"expect", b"100-continue")]],
)
def test_a_body_that_is_far_too_large_or_not_yet_sent_is_refused_unread(
    make_app: Callable[..., Any], headers: list[tuple[bytes, bytes]]
):
    app = make_app(Settings(max_body_bytes=10_000))
    app.state.service.predictor.load()

    async def receive() -> dict:
        raise AssertionError("the body must not be asked for")

    assert asyncio.run(call(app, receive, headers))[0]["status"] == 413


def test_an_endless_body_without_a_length_is_cut_off_at_the_limit(make_app: Callable[..., Any]):
    app = make_app(Settings(max_body_bytes=10_000))
    app.state.service.predictor.load()
    received = 0

    async def receive() -> dict:
        nonlocal received
        received += 1000
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    sent = asyncio.run(call(app, receive))
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert received == 11_000
    assert app.state.service.admission.in_flight == 0


def test_a_body_that_does_not_arrive_in_time_gives_its_place_back(make_app: Callable[..., Any]):
    app = make_app(limits={"body_seconds": 0.01})
    app.state.service.predictor.load()

    async def receive() -> dict:
        await asyncio.Event().wait()
        raise AssertionError

    sent = asyncio.run(call(app, receive))
    assert sent[0]["status"] == 408
    assert app.state.service.admission.in_flight == 0


def test_a_client_that_hangs_up_while_sending_gives_its_place_back(make_app: Callable[..., Any]):
    app = make_app()
    app.state.service.predictor.load()
    messages = iter(
        [{"type": "http.request", "body": b"--x", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict:
        assert app.state.service.admission.in_flight == 1
        return next(messages)

    asyncio.run(call(app, receive))
    assert app.state.service.admission.in_flight == 0


def test_beyond_the_limit_callers_are_refused_at_once_and_the_others_answered(
    make_app: Callable[..., Any], fake_engine: Any, picture: bytes, monkeypatch: pytest.MonkeyPatch
):
    import threading

    app = make_app(Settings(threads=2), limits={"in_flight": 2})
    app.state.service.predictor.load()
    monkeypatch.setattr(fake_engine, "gate", threading.Event())

    async def scene() -> tuple[list[httpx.Response], httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            waiting = [asyncio.create_task(client.post(PREDICT, files={"image": picture})) for _ in range(2)]
            for _ in waiting:  # both are inside the engine: two engines compute at once
                assert await asyncio.to_thread(fake_engine.entered.acquire, timeout=10)
            refused = await client.post(PREDICT, files={"image": picture})
            assert (await client.get("/health/live")).status_code == 200
            fake_engine.gate.set()
            return [await one for one in waiting], refused

    answered, refused = asyncio.run(scene())
    assert [one.status_code for one in answered] == [200, 200]
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert "2 requests are in flight" in refused.json()["message"]
    assert app.state.service.admission.in_flight == 0


def test_sixteen_more_than_the_engines_are_admitted_by_default(make_app: Callable[..., Any]):
    assert make_app(Settings(threads=3)).state.service.admission.limit == 19


def test_before_the_model_is_loaded_predict_says_so_and_metadata_is_answered(
    make_app: Callable[..., Any], picture: bytes
):
    client = TestClient(make_app())  # not started, so nothing loads
    answer = client.post(PREDICT, files={"image": picture})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["status"] == "error"
    assert client.post(PREDICT).status_code == 503  # whatever is wrong with the request beside
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/model/metadata").status_code == 200


def test_a_fault_of_the_service_is_logged_under_the_request_id_and_not_shown(
    client: TestClient,
    fake_engine: Any,
    picture: bytes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(fake_engine, "fault", RuntimeError("secret detail"))
    with caplog.at_level(logging.ERROR):
        answer = client.post(PREDICT, files={"image": picture}, headers={"X-Request-ID": "abc-1"})
    assert answer.status_code == 500
    assert answer.json() == {"status": "error", "message": "Internal Server Error", "request_id": "abc-1"}
    assert answer.headers["x-request-id"] == "abc-1"
    assert "abc-1" in caplog.text
    assert "secret detail" in caplog.text
    assert client.app.state.service.admission.in_flight == 0


def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: TestClient):
    answer = client.get("/health/live", headers={"X-Request-ID": "a b"})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_a_wrong_method_is_405_in_json_and_names_the_right_one(client: TestClient, method: str):
    answer = client.request(method, PREDICT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert method == "HEAD" or answer.json()["status"] == "error"


@pytest.mark.parametrize(
    "path", ["/nothing", "/model", "/model/predict/", "/app/../app.py", "/swaggerui/none.js", "/docs"]
)
def test_an_unknown_path_is_404_in_json(client: TestClient, path: str):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["status"] == "error"


def test_metadata_and_labels_are_the_configured_ones(client: TestClient):
    assert client.get("/model/metadata").json() == {
        "id": "tiny",
        "name": "Tiny",
        "description": "Finds red, green and blue",
        "type": "Object Detection",
        "source": "https://example.org/tiny",
        "license": "Apache-2.0",
    }
    names = [{"id": "1", "name": "red"}, {"id": "2", "name": "green"}, {"id": "3", "name": "blue"}]
    assert client.get("/model/labels").json() == {"count": 3, "labels": names}


def test_head_is_answered_where_get_is(client: TestClient):
    assert client.head("/model/metadata").status_code == 200


def test_cors_is_off_unless_asked_for(start: Start, picture: bytes):
    origin = {"Origin": "https://a.example"}
    assert "access-control-allow-origin" not in start().get("/model/labels", headers=origin).headers
    anyone = start(Settings(cors_origins=("*",)))
    assert anyone.get("/model/labels", headers=origin).headers["access-control-allow-origin"] == "*"
    # a page may also read why it was refused
    assert anyone.post(PREDICT, headers=origin).headers["access-control-allow-origin"] == "*"
    one = start(Settings(cors_origins=("https://a.example",)))
    assert (
        one.get("/model/labels", headers=origin).headers["access-control-allow-origin"] == "https://a.example"
    )
    other = one.get("/model/labels", headers={"Origin": "https://b.example"}).headers
    assert "access-control-allow-origin" not in other


def test_metrics_count_by_route_and_status_and_not_by_path(start: Start, picture: bytes):
    client = start()
    client.post(PREDICT, files={"image": picture})
    client.post(PREDICT)
    client.get("/secret-scanner-path")
    text = client.get("/metrics").text
    assert 'maxctl_requests_total{method="POST",route="/model/predict",status="200"} 1.0' in text
    assert 'maxctl_requests_total{method="POST",route="/model/predict",status="400"} 1.0' in text
    assert "secret-scanner-path" not in text
    assert "maxctl_ready 1.0" in text
    assert "maxctl_in_flight 0.0" in text


def test_the_answer_is_json_that_any_parser_reads(client: TestClient, picture: bytes):
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(client.post(PREDICT, files={"image": picture}).text, parse_constant=refuse)
