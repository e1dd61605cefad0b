from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest

from maxctl.adapters import http
from maxctl.adapters.http import AbsentError, stream
from maxctl.core.errors import FetchError
from tests.artifacts.server import Server, redirect, send


def read(address: str) -> bytes:
    with stream(address) as chunks:
        return b"".join(chunks)


def test_a_body_arrives_as_it_is_sent(server: Server) -> None:
    def compressed(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")  # as servers claim of a .tar.gz
        handler.end_headers()
        handler.wfile.write(b"\x1f\x8bnot undone")

    assert read(server.gives("/a", b"body")) == b"body"
    assert read(server.does("/b", compressed)) == b"\x1f\x8bnot undone"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_answer_4xx_is_final(server: Server, status: int) -> None:
    with pytest.raises(AbsentError, match=f"answers {status}"):
        read(server.gives("/a", b"no", status))
    assert server.asked == ["/a"]


def test_an_answer_5xx_is_asked_again_twice(server: Server) -> None:
    with pytest.raises(FetchError, match=r"answers 503 Service Unavailable \(3 attempts\)") as error:
        read(server.gives("/a", b"busy", 503))
    assert not isinstance(error.value, AbsentError)
    assert server.asked == ["/a"] * 3


def test_a_mirror_that_recovers_delivers(server: Server) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"body", 200 if len(server.asked) > 1 else 500)

    assert read(server.does("/a", answer)) == b"body"


def test_a_mirror_that_cannot_be_reached_is_tried_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_S", 0)
    with pytest.raises(FetchError, match=r"cannot be reached: .*refused \(3 attempts\)"):
        read("http://127.0.0.1:1/a")


def test_a_cut_body_is_no_end(server: Server) -> None:
    address = server.does("/a", lambda handler: send(handler, b"half", length=1000))
    with pytest.raises(FetchError, match="broke off after 4 bytes"):
        read(address)


def test_a_mirror_that_stalls_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"some")
        handler.wfile.flush()
        server.over.wait(20)

    monkeypatch.setattr(http, "READ_S", 0.2)
    with pytest.raises(FetchError, match=r"broke off after 4 bytes: .*timed out"):
        read(server.does("/a", stall))


def test_a_mirror_that_drips_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "GRACE_S", 0)
    monkeypatch.setattr(http, "SLOWEST_BYTES_PER_S", 10**12)
    with pytest.raises(FetchError, match="slower than"):
        read(server.gives("/a", b"drop"))


def test_redirects_are_followed_on_this_machine(server: Server) -> None:
    server.gives("/b", b"body")
    assert read(server.does("/a", redirect("/b"))) == b"body"


@pytest.mark.parametrize("target", ["http://example.org/a", "file:///etc/passwd"])
def test_a_redirect_away_from_https_is_refused(server: Server, target: str) -> None:
    with pytest.raises(FetchError, match=r"not https|does not answer"):
        read(server.does("/a", redirect(target)))


def test_redirects_in_a_circle_end(server: Server) -> None:
    with pytest.raises(FetchError, match="more than 5 times"):
        read(server.does("/a", redirect("/a")))
    assert len(server.asked) == 6


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert read(server.gives("/a", b"body")) == b"body"
