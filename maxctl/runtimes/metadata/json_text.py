"""Find one value in JSON by its path without building the rest: hostile JSON costs neither depth nor memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from maxctl.runtimes.metadata.source import DamagedError

# possessive, so that a string without end is read once; nothing but strings and brackets decides the structure
_PART = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{\[]+|[}\]]+', re.DOTALL)
_OBJECT = re.compile(rb"\s*\{")
_QUOTE = ord('"')
_COLON = re.compile(rb"\s*:\s*")
_SHORT = "its JSON is cut off, or longer than is read"
_MOST_PARTS = 1_000_000
_PLAIN = re.compile(rb'[^\s,{}\[\]"]+')


def find(data: bytes, *path: str) -> bytes | None:
    """Return the text of the value at a path of keys; None where it is absent.

    The first of two equal keys counts. Raises `DamagedError` where the JSON ends before the value does.
    """
    place = 0
    for key in path:
        value = _member(data, place, key)
        if value is None:
            return None
        place = value
    return data[place : _end(data, place)]


def string(data: bytes, *path: str) -> str:
    """Return the string at a path; empty where there is none. Raises `DamagedError`."""
    raw = find(data, *path)
    value = parse(raw) if raw and raw.startswith(b'"') else ""
    return value if isinstance(value, str) else ""


def parse(raw: bytes) -> Any:
    """Return a small value, parsed, objects as lists of pairs; raises `DamagedError`."""
    try:
        return json.loads(raw.decode("utf-8", errors="replace"), object_pairs_hook=Pairs, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise DamagedError("its JSON is malformed, cut off, or nested too deeply") from error


class Pairs(list[tuple[str, Any]]):
    """The members of an object in their order, equal keys and all."""


def _member(data: bytes, place: int, key: str) -> int | None:
    """Return where the value of a key of the object at `place` begins."""
    opening = _OBJECT.match(data, place)
    if opening is None:
        return None
    wanted = json.dumps(key).encode()
    for start, end, depth in _structure(data, opening.end()):
        if depth < 0:
            return None
        if depth == 0 and end - start == len(wanted) and data[start:end] == wanted:
            colon = _COLON.match(data, end)  # none follows a value
            if colon:
                return colon.end()
    raise DamagedError(_SHORT)


def _end(data: bytes, place: int) -> int:
    plain = _PLAIN.match(data, place)
    if plain:
        return plain.end()
    for start, end, depth in _structure(data, place):
        if depth <= 0:
            return end if data[start] == _QUOTE else end + depth
    raise DamagedError(_SHORT)


def _structure(data: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Yield where each string or row of brackets begins and ends, and how many brackets are open behind it."""
    depth = 0
    for number, part in enumerate(_PART.finditer(data, place)):
        if number == _MOST_PARTS:
            raise DamagedError(f"its JSON has more than {_MOST_PARTS} parts; the rest was not read")
        start, end = part.span()
        if data[start] in b"{[":
            depth += end - start
        elif data[start] != _QUOTE:
            depth -= end - start
        yield start, end, depth
