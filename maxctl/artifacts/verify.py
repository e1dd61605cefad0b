"""Check bytes against the size and digest that the spec names, while they stream."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from maxctl.core.errors import DigestError


@dataclass(frozen=True, slots=True)
class Expected:
    """What the bytes of a file must be: their number, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


def checked(chunks: Iterable[bytes], expected: Expected) -> Iterator[bytes]:
    """Yield the chunks on; raises `DigestError` as soon as there are too many bytes, or at a wrong end.

    Whoever takes the chunks must throw them away when this raises.
    """
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > expected.size:
            raise DigestError(f"delivers more than the {expected.size} bytes that the spec names")
        digest.update(chunk)
        yield chunk
    if size != expected.size:
        raise DigestError(f"delivers {size} bytes, the spec names {expected.size}")
    if digest.hexdigest() != expected.sha256:
        raise DigestError(f"delivers the sha256 {digest.hexdigest()}, the spec names {expected.sha256}")
