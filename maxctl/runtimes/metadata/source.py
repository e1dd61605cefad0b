"""A file of a stranger, read piece by piece, and what is found in it: both have limits."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

VALUE_BYTES = 64 * 1024
ALL_CHARACTERS = 1024 * 1024
MOST_ENTRIES = 2_000
MOST_PROBLEMS = 20
KEY_CHARACTERS = 200
PIECE_BYTES = 4 * 1024 * 1024
MOST_STEPS = 100_000
ALL_BYTES = 128 * 1024 * 1024

# C0 and C1 but for tab and line feed, what turns the direction of writing, and halves of characters
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


class DamagedError(ValueError):
    """The file is not as its format demands, or larger than is read: the rest of it stays unread."""


class Source:
    """A file that is read by place; whatever lies beyond its end raises `DamagedError`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self._steps = 0
        self._left = ALL_BYTES

    def at(self, place: int, count: int) -> bytes:
        """Return exactly `count` bytes from `place` on; at most 4 MiB in one piece."""
        self.within(place, count)
        if count > PIECE_BYTES:
            raise DamagedError(f"a part of {count} bytes is larger than is read at once")
        self.spend(count)
        self._file.seek(place)
        data = self._file.read(count)
        if len(data) < count:
            raise DamagedError("the file became shorter while it was read")
        return data

    def beginning(self, place: int, count: int, limit: int = VALUE_BYTES + 1) -> bytes:
        """Return the first `limit` of the `count` bytes from `place` on, all of which must be there."""
        self.within(place, count)
        return self.at(place, min(count, limit))

    def number(self, place: int, count: int) -> int:
        """Return the unsigned little-endian number of `count` bytes."""
        return int.from_bytes(self.at(place, count), "little")

    def within(self, place: int, count: int) -> None:
        """Raise `DamagedError` unless the bytes are there."""
        if place < 0 or count < 0 or place + count > self.size:
            raise DamagedError("it is cut off, or a length in it is wrong")

    def spend(self, count: int) -> None:
        """Count bytes that were read or unpacked: the same part may be referred to again and again."""
        self._left -= count
        if self._left < 0:
            raise DamagedError(f"more than {ALL_BYTES // 1024**2} MiB of it would be read; the rest was not")

    def step(self, most: int = MOST_STEPS) -> None:
        """Count one part that is walked over; raises `DamagedError` where a file has absurdly many."""
        self._steps += 1
        if self._steps > most:
            raise DamagedError(f"it has more than {most} parts; the rest was not read")


class Found:
    """What was found, made harmless and cut to the limits, which is told."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self._left = ALL_CHARACTERS

    def add(self, key: str | bytes, value: str | bytes) -> None:
        """Keep a text; empty ones are nothing. Bytes are UTF-8, with replacements for what is not."""
        name = clean(key)[:KEY_CHARACTERS].replace("\n", " ").replace("\t", " ")
        text = clean(value)
        if len(text) > VALUE_BYTES // 4 and len(text.encode()) > VALUE_BYTES:
            text = text.encode()[:VALUE_BYTES].decode("utf-8", errors="ignore")
            self.problem(f"`{name}` is cut after {VALUE_BYTES} bytes")
        if len(self.entries) >= MOST_ENTRIES or len(text) + len(name) > self._left:
            raise DamagedError("it says more than is kept; the rest was not read")
        self._left -= len(text) + len(name)
        if text.strip():
            self.entries.append((name, text))

    def problem(self, text: str) -> None:
        """Keep a problem, each once; after 20 only that there are more."""
        told = clean(text)[:300].replace("\n", " ")
        if told not in self.problems and len(self.problems) <= MOST_PROBLEMS:
            self.problems.append(told if len(self.problems) < MOST_PROBLEMS else "there are more problems")


def clean(text: str | bytes) -> str:
    """Return the text without what a terminal or a page would obey; line ends become line feeds."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="replace")
    return _HARMFUL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
