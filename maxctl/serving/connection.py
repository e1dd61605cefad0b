"""One HTTP connection: uvicorn's, with limits on what it leaves to the proxy in front, which may not be there."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections import deque
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .error_responses import error_body
from .json_response import encode

SPARE_FILES = 64
"""Descriptors that are kept for files and the model, where the process may not open many."""

LINGER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may cost before the application sees its request, and how many there may be."""

    head_bytes: int = 32 * 1024
    """Request line and headers; also trailers, and what else of a request is no body."""
    headers: int = 100
    head_seconds: float = 10.0
    connections: int = 1024
    pipelined: int = 16
    """Requests that may wait behind one that is answered, on the same connection."""


class TooMuchError(Exception):
    """A head over the limits: raised through the parser, which ends there."""


class Connection(HttpToolsProtocol):
    """Refuses heads that are too long (431), too slow (408) or no HTTP (400), and connections over the limit (503)."""

    limits = ConnectionLimits()

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for the head of a request, but not for ever."""
        super().connection_made(transport)
        self._refusal = 400, "The request is no HTTP"
        self._told = False
        self._in_head = True
        self._in_message = False
        # bytes since the last that were body, or ended a head
        self._unread = 0
        self._timer: TimerHandle | None = None
        if len(self.connections) > _room(self.limits.connections):
            self._refuse(503, f"{self.limits.connections} connections are open; try again later")
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._told:  # a client that has not read its refusal yet
            return
        self._unread += len(data)
        super().data_received(data)
        if self._told:
            return
        if self._unread > self.limits.head_bytes:
            self._refuse(431, f"The head of the request is longer than {self.limits.head_bytes} bytes")
        elif self._in_head and self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_message = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count the headers, and go on to the body."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > self.limits.headers:
            self._refusal = 431, f"The request has more than {self.limits.headers} headers"
            raise TooMuchError
        if size > self.limits.head_bytes:
            self._refusal = 431, f"The head of the request is longer than {self.limits.head_bytes} bytes"
            raise TooMuchError
        if len(self.pipeline) >= self.limits.pipelined:
            self._refusal = 429, f"More than {self.limits.pipelined} requests were sent ahead"
            raise TooMuchError
        self._stop_timer()
        self._in_head = False
        self._unread = 0
        super().on_headers_complete()
        # what comes now are trailers, which nobody reads
        self.headers = cast(Any, deque(maxlen=0))

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; the next one's head may follow."""
        self._in_head, self._in_message = True, False
        self._unread = 0
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; a body that nobody reads may not go on for ever either."""
        super().on_response_complete()
        if self._in_message and not self.transport.is_closing() and self._timer is None:
            self._timer = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read, or what stopped it."""
        self._refuse(*self._refusal)

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(
            self.limits.head_seconds,
            self._refuse,
            408,
            f"The head of the request did not arrive within {self.limits.head_seconds:g} s",
        )

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, message: str) -> None:
        """Answer and close, once; where an answer has begun or nothing was asked, only close."""
        self._stop_timer()
        if self._told or self.transport.is_closing():
            return
        self._told = True
        busy = self.cycle is not None and not self.cycle.response_complete
        idle = status == 408 and not self._in_message
        if busy or idle:
            self.transport.close()
            return
        self.transport.write(_answer(status, message))
        # closed at once, the connection would be reset before a client that still sends has read why
        self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _answer(status: int, message: str) -> bytes:
    body = encode(error_body("", message))
    retry = "Retry-After: 1\r\n" if status == 503 else ""
    phrase = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}
    head = (
        f"HTTP/1.1 {status} {phrase.get(status, 'Service Unavailable')}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{retry}Connection: close\r\n\r\n"
    )
    return head.encode() + body


def _room(connections: int) -> int:
    """Return how many connections fit: fewer where the process may not open as many files."""
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return connections if files == resource.RLIM_INFINITY else max(1, min(connections, files - SPARE_FILES))
