"""Compressed bodies: `Content-Encoding: gzip` or `deflate`, never more of them than the limit of a body."""

from __future__ import annotations

from .errors import BadInputError, MediaTypeError, TooLargeError, shorten

WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def unpacked(body: bytes, encoding: str | None, limit: int) -> bytes:
    """Return the body as it was before it was compressed.

    Raises `MediaTypeError` for an encoding that is not read here, `TooLargeError` where more than `limit` bytes come
    out, and `BadInputError` for a body that is damaged, cut short, or goes on after its end.
    """
    kind = (encoding or "identity").strip().lower()
    if kind == "identity":
        return body
    if kind not in WINDOW_BITS:
        raise MediaTypeError(f"Content-Encoding must be gzip, deflate or identity, not {shorten(encoding)}")
    import zlib

    unpacker = zlib.decompressobj(WINDOW_BITS[kind])
    try:
        found = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadInputError(f"The body is not {kind}: {error}") from None
    if len(found) > limit:
        raise TooLargeError(f"The body holds more than the {limit} bytes that are accepted")
    if not unpacker.eof or unpacker.unused_data:
        raise BadInputError(f"The body is not whole: its {kind} ends early, or something follows it")
    return found
