"""What an ONNX file says beyond its description: neighbours of its ends, and its properties in full."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

from maxctl.runtimes import wire
from maxctl.runtimes.draft.companions import names_of_python
from maxctl.runtimes.draft.neighbours import after, before

MOST_NODES = 200_000
_PROPERTY = 64 * 1024


def onnx_facts(path: Path) -> dict[str, Any]:
    """Return the fields of `Evidence` that the file fills; weights are jumped over, and no package is needed."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    makes: dict[str, tuple[str, list[str]]] = {}
    takes: dict[str, list[tuple[str, list[str]]]] = {}
    ends: dict[int, list[str]] = {11: [], 12: []}
    properties: dict[str, str] = {}
    try:
        for graph in wire.messages(data, 7):
            for number, kind, value in wire.fields(graph):
                if kind != wire.LENGTH or not isinstance(value, memoryview):
                    continue
                if number == 1 and len(makes) < MOST_NODES:
                    _node(value, makes, takes)
                elif number in ends:
                    ends[number].append(wire.text(value, 1))
        for entry in wire.messages(data, 14):
            if len(entry) <= _PROPERTY:
                properties[wire.text(entry, 1)] = wire.text(entry, 2)
    except wire.MalformedError:
        return {}
    names = names_of_python(properties.get("names", ""))
    found: dict[str, Any] = {
        "ends": {name: before(name, makes) for name in ends[12]},
        "begins": {name: after(name, takes) for name in ends[11]},
        "properties": properties,
    }
    if len(names) > 1:
        found["labels"] = [{"source": "its metadata", "rows": names}]
    return found


def _node(
    message: memoryview,
    makes: dict[str, tuple[str, list[str]]],
    takes: dict[str, list[tuple[str, list[str]]]],
) -> None:
    taken: list[str] = []
    given: list[str] = []
    operator = ""
    for number, kind, value in wire.fields(message):
        if kind != wire.LENGTH or not isinstance(value, memoryview) or len(value) > 4096:
            continue
        if number == 1:
            taken.append(bytes(value).decode("utf-8", "replace"))
        elif number == 2:
            given.append(bytes(value).decode("utf-8", "replace"))
        elif number == 4:
            operator = bytes(value).decode("utf-8", "replace")
    for name in given:
        makes[name] = (operator, taken)
    for name in taken:
        takes.setdefault(name, []).append((operator, given))
