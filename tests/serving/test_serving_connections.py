"""Clients that speak HTTP badly, slowly or without end, over sockets: each costs its own connection."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from maxctl.serving import body as bodies
from maxctl.serving.connection import Connection, ConnectionLimits
from maxctl.serving.settings import Settings
from tests.serving.running import served

GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /model/predict HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
Serve = Callable[..., Any]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set limits of connections."""
    return lambda **changes: monkeypatch.setattr(
        Connection, "limits", dataclasses.replace(ConnectionLimits(), **changes)
    )


@pytest.fixture
def serve(make_app: Callable[..., FastAPI]) -> Serve:
    """Serve the small detector over a socket; it must be alive when everything else is over."""

    @contextmanager
    def serve(uvicorn: dict[str, Any] | None = None, **changes: Any) -> Iterator[str]:
        settings = Settings(host="127.0.0.1")
        app = make_app(settings, **changes)
        with served(app, settings, **(uvicorn or {})) as address:
            yield address
            assert httpx.get(f"{address}/health/live").status_code == 200
            assert app.state.service.admission.in_flight == 0
            assert app.state.service.admission.slow == 0

    return serve


def connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=20)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the server closes the connection."""
    parts = []
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


def told(address: str, *parts: bytes) -> tuple[int, str]:
    """Send the bytes, and return status and message of the answer, after which the connection must be closed."""
    with connect(address) as connection:
        for part in parts:
            connection.sendall(part)
        answer = rest(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    refusal = json.loads(body)
    assert refusal["status"] == "error"
    return int(head.split()[1]), refusal["message"]


def test_a_head_that_is_too_long_is_refused(serve: Serve):
    with serve() as address:
        refusal = 431, "The head of the request is longer than 32768 bytes"
        assert told(address, GET + b"X-Long: " + b"a" * 40_000 + b"\r\n\r\n") == refusal
        assert told(address, b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n") == refusal


def test_a_head_without_end_is_refused_when_it_is_too_long(serve: Serve):
    with serve() as address:
        for begin in (GET + b"X-Long: ", GET + b"X", b"GET /"):
            assert told(address, begin, b"a" * 20_000, b"a" * 20_000)[0] == 431


def test_more_headers_than_any_client_sends_are_refused(serve: Serve):
    with serve() as address:
        many = b"".join(b"X-%d: 1\r\n" % number for number in range(100))
        assert told(address, GET + many + b"\r\n") == (431, "The request has more than 100 headers")


def test_a_head_that_comes_byte_by_byte_is_given_up(serve: Serve, limits: Callable[..., None]):
    limits(head_seconds=0.05)
    with serve() as address:
        assert told(address, GET) == (408, "The head of the request did not arrive within 0.05 s")
        assert told(address, GET + b"X")[0] == 408


def test_a_connection_on_which_nothing_is_asked_is_closed_without_a_word(
    serve: Serve, limits: Callable[..., None]
):
    limits(head_seconds=0.05)
    with serve() as address, connect(address) as connection:
        assert rest(connection) == b""


def test_a_connection_that_was_answered_cannot_be_kept_open_with_empty_lines(
    serve: Serve, limits: Callable[..., None]
):
    limits(head_seconds=0.05)
    with serve({"timeout_keep_alive": 30}) as address, connect(address) as connection:
        connection.sendall(GET + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert rest(connection) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        GET + b"Bad Name: x\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        GET + b"X: a\x00b\r\n\r\n",
    ],
    ids=lambda data: repr(data[-30:]),
)
def test_what_is_no_http_is_refused(serve: Serve, data: bytes):
    with serve() as address:
        assert told(address, data) == (400, "The request is no HTTP")


def test_a_body_that_nobody_reads_does_not_keep_its_connection(serve: Serve):
    with serve({"timeout_keep_alive": 0.05}) as address, connect(address) as connection:
        connection.sendall(GET + b"Content-Length: 1000000\r\n\r\n")
        answer = connection.recv(65536)
        connection.sendall(b"x")
        assert (answer + rest(connection)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begin", [b"5;", b"0\r\nX: "], ids=["chunk", "trailer"])
def test_what_is_no_body_between_and_after_its_chunks_is_bounded(serve: Serve, begin: bytes):
    with serve() as address, connect(address) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + begin)
        with pytest.raises(ConnectionError):
            while True:
                connection.sendall(b"a" * 100_000)


def test_requests_sent_ahead_are_answered_in_their_order(serve: Serve):
    with serve() as address, connect(address) as connection:
        ahead = [b"GET /health/live", b"GET /nothing", b"GET /v2"]
        connection.sendall(b"".join(one + b" HTTP/1.1\r\nHost: a\r\n\r\n" for one in ahead[:2]))
        connection.sendall(ahead[2] + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answers = rest(connection)
        assert [int(one[:3]) for one in answers.split(b"HTTP/1.1 ")[1:]] == [200, 404, 200]


def test_thousands_of_requests_sent_ahead_cost_the_connection(serve: Serve):
    with serve() as address, connect(address) as connection:
        connection.sendall((GET + b"\r\n") * 2000)
        assert rest(connection).count(b"HTTP/1.1 ") <= 17


def test_beyond_the_number_of_connections_callers_are_told_to_come_again(
    serve: Serve, limits: Callable[..., None]
):
    limits(connections=4)
    with serve() as address:
        held = [connect(address) for _ in range(4)]
        try:
            for one in held:
                one.sendall(GET + b"\r\n")
                assert one.recv(65536).startswith(b"HTTP/1.1 200")
            assert told(address) == (503, "4 connections are open; try again later")
        finally:
            for one in held:
                one.close()


def form(picture: bytes) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    return part + picture + b"\r\n--x--\r\n"


def test_clients_that_send_slowly_keep_nobody_out(
    serve: Serve, picture: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "PROMPT_SECONDS", 0.01)
    with serve(limits={"in_flight": 1}) as address:
        slow = connect(address)
        body = form(picture)
        slow.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:20])

        def quick() -> int:
            return httpx.post(f"{address}/model/predict", files={"image": picture}).status_code

        # the only place is the slow client's until it is known to be slow
        assert any(quick() == 200 for _ in range(5000))
        assert {quick() for _ in range(20)} == {200}
        slow.sendall(body[20:])
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")
        slow.close()


def test_a_body_that_does_not_end_is_given_up(serve: Serve):
    with serve(limits={"body_seconds": 0.05}) as address:
        status, message = told(address, POST + b"Content-Length: 100\r\n\r\n--x")
        assert status == 408
        assert message.startswith("The body did not arrive within 0.05 s")


def test_of_too_many_slow_clients_the_last_is_told(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "PROMPT_SECONDS", 0.01)
    monkeypatch.setattr("maxctl.serving.admission.SLOW", 0)
    with serve() as address:
        assert told(address, POST + b"Content-Length: 100\r\n\r\n--x")[0] == 408
