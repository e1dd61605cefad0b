"""A request's body in memory, never more of it than the limit, however it is sent."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from .admission import Place
from .errors import TooLargeError, TooSlowError

# A client that is told while it still sends often sees only a broken connection, so a body that is
# somewhat too large is read to its end and thrown away.
DRAIN_FACTOR = 4
DRAIN_SECONDS = 5.0
PROMPT_SECONDS = 0.25
"""A body that has not arrived by then gives its place to others."""


async def read_body(request: Request, limit: int, seconds: float, place: Place) -> bytes:
    """Return the whole body. While it takes its time to arrive, `place` is lent.

    Raises `TooLargeError` as soon as the announced or the counted size exceeds `limit` bytes, `TooSlowError`
    when it has not arrived in `seconds`, `OverloadedError` where the place is taken when it has, and Starlette's
    `ClientDisconnect` when the client has gone.
    """
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() and len(length) < 20 else None
    parts: list[bytes] = []
    if announced is None or announced <= limit:
        try:
            async with asyncio.timeout(seconds) as patience:
                if await _receive(request, limit, parts, place, patience):
                    place.take_back()
                    return b"".join(parts)
        except TimeoutError:
            raise TooSlowError(
                f"The body did not arrive within {seconds:g} s, or too many others were slow, too"
            ) from None
    parts.clear()
    # a client that waits for "100 Continue" has not begun to send
    sends = announced is not None and announced <= DRAIN_FACTOR * limit and "expect" not in request.headers
    if sends and place.lend():
        await _drain(request)
    raise TooLargeError(f"The body is larger than the {limit} bytes that are accepted")


async def _receive(
    request: Request, limit: int, parts: list[bytes], place: Place, patience: asyncio.Timeout
) -> bool:
    """Gather the body in `parts`; False where it is larger than `limit`."""
    loop = asyncio.get_running_loop()

    def too_slow() -> None:
        if not place.lend():
            patience.reschedule(loop.time())

    timer = loop.call_later(PROMPT_SECONDS, too_slow)
    size = 0
    try:
        # not request.stream(): a generator costs as much as the rest of this function
        while size <= limit:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            place.hold(len(parts[-1]))
            if not message.get("more_body", False):
                return size <= limit
    finally:
        timer.cancel()
    return False


async def _drain(request: Request) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while (message := await request.receive())["type"] == "http.request" and message.get("more_body"):
                pass
    except TimeoutError:
        return
