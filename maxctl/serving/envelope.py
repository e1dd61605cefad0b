"""What surrounds every request: an id, measurement, HEAD, security headers, and the last catch of a fault."""

from __future__ import annotations

import logging
import re
import secrets
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import logs
from .error_responses import internal_error
from .metrics import Metrics

log = logging.getLogger(__name__)
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# /swaggerui and /app need nothing from elsewhere, and this keeps it so
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Envelope:
    """ASGI middleware. The request's id is the caller's `X-Request-ID` where harmless, else a new one."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; count, name and if need be answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        method: str = scope["method"]
        # a copy: the server drops the body of an answer to HEAD, and must still see that it is one
        inner = {**scope, "method": "GET"} if method == "HEAD" else {**scope}
        status = 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"content-security-policy", POLICY.encode()),
                ]
            await send(message)

        try:
            await self._app(inner, receive, send_dressed)
        except Exception:
            log.exception(
                "request %s: %s %s failed", request_id, method, _route(inner, 500),
                extra={logs.FIELDS: {"request_id": request_id}},
            )  # fmt: skip
            if status:
                raise  # the answer has begun: the server can only cut it off
            await internal_error(scope["path"], request_id)(inner, receive, send_dressed)
        finally:
            route, known = _route(inner, status), method if method in METHODS else "other"
            seconds = perf_counter() - started
            self._metrics.count(route, known, status, seconds)
            logs.request(request_id, known, route, status, seconds, inner.get(logs.PHASES, {}))


def _route(scope: Scope, status: int) -> str:
    """Return the pattern of the path: pages and unknown paths have no route of the API."""
    path: str = getattr(scope.get("route"), "path", "page" if status < 400 else "none")
    return path


def _request_id(scope: Scope) -> str:
    found = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    given = found.decode("latin-1")
    return given if ACCEPTED_ID.fullmatch(given) else secrets.token_hex(8)
