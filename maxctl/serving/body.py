"""A request's body in memory, never more of it than the limit, however it is sent."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

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
                # not request.stream(): a generator costs as much as the rest of this function
                while size <= limit:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if not message.get("more_body", False):
                        if size <= limit:
                            return b"".join(parts)
                        break
        except TimeoutError:
            raise TooSlowError(f"The body did not arrive within {seconds:g} s") from None
    parts.clear()
    # a client that waits for "100 Continue" has not begun to send
    if announced is not None and announced <= DRAIN_FACTOR * limit and "expect" not in request.headers:
        await _drain(request)
    raise TooLargeError(f"The body is larger than the {limit} bytes that are accepted")


async def _drain(request: Request) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while (message := await request.receive())["type"] == "http.request" and message.get("more_body"):
                pass
    except TimeoutError:
        return
