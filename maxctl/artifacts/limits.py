"""What an archive may hold at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Far above what source code and models need, far below what fills a disk or a memory."""

    entries: int = 50_000
    total_bytes: int = 8 * 1024**3
    file_bytes: int = 4 * 1024**3
    header_bytes: int = 256 * 1024
    """Of an extended tar header (a long name, pax records), which is read into memory whole."""
    path_bytes: int = 1024
    name_bytes: int = 255
    depth: int = 64
    ratio: float = 200
    """Bytes unpacked to bytes packed; text seldom exceeds 20, gzip cannot exceed 1032."""
    ratio_from_bytes: int = 64 * 1024**2
    """Below this many bytes the ratio does not count: a short file of zeros harms nobody."""


LIMITS = Limits()
