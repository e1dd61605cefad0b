"""A request's body in memory, never more of it than the limit, however it is sent."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from .errors import TooLargeError, TooSlowError

# A client that is told while it still sends often sees only a broken connection, so a body that is
# somewhat too large is read to its end and thrown away.
DRAIN_FACTOR = 4
DRAIN_SECONDS = 5.0


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """Return the whole body.

    Raises `TooLargeError` as soon as the announced or the counted size exceeds `limit` bytes, `TooSlowError`
    when it has not arrived in `seconds`, and Starlette's `ClientDisconnect` when the client has gone.
    """
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() and len(length) < 20 else None
    parts: list[bytes] = []
    if announced is None or announced <= limit:
        size = 0
        try:
            async with asyncio.timeout(seconds):
                async for part in request.stream():
                    size += len(part)
                    if size > limit:
                        break
                    parts.append(part)
                else:
                    return b"".join(parts)
        except TimeoutError:
            raise TooSlowError(f"The body did not arrive within {seconds:g} s") from None
    parts.clear()
    # a client that waits for "100 Continue" has not begun to send
    if announced is not None and announced <= DRAIN_FACTOR * limit and "expect" not in request.headers:
        await _drain(request)
    raise TooLargeError(f"The body is larger than the {limit} bytes that are accepted")


async def _drain(request: Request) -> None:
    # not request.stream(): it cannot be entered a second time
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while (message := await request.receive())["type"] == "http.request" and message.get("more_body"):
                pass
    except TimeoutError:
        return
