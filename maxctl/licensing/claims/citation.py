"""Licenses in CITATION.cff, codemeta.json, .zenodo.json, Croissant, Kitfile and a model zoo's model.yml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from maxctl.core.slot import Slot
from maxctl.licensing.claims import structured
from maxctl.licensing.claims.said import Kind, Statement

_CODE, _WEIGHTS, _DATA = (Slot.CODE,), (Slot.WEIGHTS,), (Slot.DATA,)
Reader = Callable[[str], Iterator[Statement]]


def _line(text: str, pattern: str) -> tuple[int, str]:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        return 1, text.split("\n", 1)[0].strip()[:300]
    number = text.count("\n", 0, found.start()) + 1
    return number, text.split("\n")[number - 1].strip()[:300]


def _mapping(text: str) -> dict[str, Any]:
    """Return the mapping of a YAML or JSON text, an empty one where it is none; raises `UnreadError`."""
    try:
        json_text = text.lstrip().startswith("{")
        loaded = structured.of_json(text) if json_text else structured.of_yaml(text)
    except structured.UnreadError as fault:
        if structured.matters(fault, text):
            raise
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _named(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return _named(value.get("id") or value.get("@id") or value.get("name") or value.get("url"))
    if isinstance(value, list):
        return [name for one in value for name in _named(one)]
    return []


def _spelled(name: str) -> str:
    """Return the id in an address of SPDX or of Creative Commons, else the name itself."""
    found = re.search(r"spdx\.org/licenses/([\w.+-]+?)(?:\.html|/)?$", name)
    if found:
        return found[1]
    found = re.search(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)", name)
    return f"CC-{found[1].upper()}-{found[2]}" if found else name


def _at_key(how: str, slots: tuple[Slot, ...], word: str = " AND ") -> Reader:
    def read(text: str) -> Iterator[Statement]:
        names = _named(_mapping(text).get("license"))
        if names:
            line, shown = _line(text, r"^\s*['\"]?license['\"]?\s*:")
            yield Statement(Kind.GRANT, word.join(map(_spelled, names)), line, shown, how, "high", slots)

    return read


def _kitfile(text: str) -> Iterator[Statement]:
    data = _mapping(text)
    parts: list[tuple[tuple[Slot, ...], object]] = [
        (_CODE, data.get("package")),
        (_WEIGHTS, data.get("model")),
        *((_DATA, one) for one in data.get("datasets") or () if isinstance(one, dict)),
        *((_CODE, one) for one in data.get("code") or () if isinstance(one, dict)),
    ]
    for slots, part in parts:
        for name in _named(part.get("license")) if isinstance(part, dict) else []:
            line, shown = _line(text, rf"^\s*license\s*:\s*['\"]?{re.escape(name)}")
            yield Statement(Kind.GRANT, _spelled(name), line, shown, "Kitfile", "high", slots)


READERS: dict[str, Reader] = {
    "citation.cff": _at_key("CITATION.cff", _CODE, " OR "),  # the format's list means a choice
    "codemeta.json": _at_key("codemeta.json", _CODE),
    ".zenodo.json": _at_key(".zenodo.json", _CODE),
    "croissant.json": _at_key("Croissant", _DATA),
    "kitfile": _kitfile,
    "model.yml": _at_key("model.yml", _WEIGHTS),
}


def statements(name: str, text: str) -> list[Statement]:
    """Return what a file of one of these names states; nothing for other names.

    Raises `UnreadError` for one that speaks of licenses and cannot be loaded.
    """
    reader = READERS.get(name.lower())
    return list(reader(text)) if reader else []
