"""Notebooks as prose and code, each line where it stands in the file's JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from maxctl.licensing.claims import structured


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's source, and the line of the file on which it begins."""

    markdown: bool
    text: str
    line: int


def cells(text: str) -> list[Cell]:
    """Return the cells of a notebook; none for a file that is no notebook.

    Raises `UnreadError` for one that speaks of licenses and cannot be loaded.
    """
    try:
        data = structured.of_json(text)
    except structured.UnreadError as fault:
        if structured.matters(fault, text):
            raise
        return []
    found = data.get("cells") if isinstance(data, dict) else None
    told: list[Cell] = []
    place = 0
    for cell in found if isinstance(found, list) else []:
        source = cell.get("source") if isinstance(cell, dict) else None
        joined = (
            "".join(one for one in source if isinstance(one, str)) if isinstance(source, list) else source
        )
        if not isinstance(joined, str) or not joined.strip():
            continue
        first = json.dumps(joined.split("\n")[0], ensure_ascii=False)[1:-1]
        at = text.find(first, place)
        if at < 0:
            at = text.find(json.dumps(joined.split("\n")[0])[1:-1], place)
        place = max(at, place)
        told.append(
            Cell(cell.get("cell_type") in ("markdown", "raw"), joined, text.count("\n", 0, place) + 1)
        )
    return told


def comments(code: str) -> str:
    """Return the comments of a code cell as prose, line for line."""
    return "\n".join(
        found[1] if (found := re.match(r"\s*#+\s?(.*)", line)) else "" for line in code.split("\n")
    )
