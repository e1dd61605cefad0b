"""NumPy arrays: data, unless they hold Python objects, which are a pickle behind the header."""

from __future__ import annotations

import ast
import re
from typing import Any

from maxctl.health.checks.model_files import pickles
from maxctl.health.checks.model_files.inspection import Inspection, data_only, not_scanned

MAX_HEADER = 10_000  # as numpy.load itself refuses to evaluate more


def inspect(data: bytes) -> Inspection:
    """Return what an array file holds; `data` needs no more than its header where it holds numbers."""
    if len(data) < 12:
        return not_scanned("NumPy array", "its header is cut off")
    length = int.from_bytes(data[8:10] if data[6] == 1 else data[8:12], "little")
    start = 10 if data[6] == 1 else 12
    if data[6] not in (1, 2, 3) or length > MAX_HEADER or len(data) < start + length:
        return not_scanned("NumPy array", "its header is cut off, too long or of an unknown version")
    try:
        header = ast.literal_eval(data[start : start + length].decode("utf-8").strip())
        objects = _holds_objects(header["descr"])
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        return not_scanned("NumPy array", "its header cannot be read")
    if not objects:
        return data_only("NumPy array", "numbers only, by its header")
    found = pickles.of_bytes(data[start + length :])
    return Inspection("NumPy array of objects", found.state, found.reason, found.imports, found.dangers)


def _holds_objects(description: Any) -> bool:
    if isinstance(description, str):
        if not re.fullmatch(r"[<>=|]?[a-zA-Z]\d*(\[.+\])?", description):
            raise ValueError(f"unknown type {description}")
        return "O" in description
    if isinstance(description, tuple):  # (type, shape)
        return _holds_objects(description[0])
    return any(_holds_objects(field[1]) for field in description)
