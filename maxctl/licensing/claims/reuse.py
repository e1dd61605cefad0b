"""Licenses kept beside a file: `picture.png.license`, REUSE.toml and .reuse/dep5 (REUSE specification)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.licensing.claims import structured

_TAG = re.compile(r"SPDX-License-Identifier:\s*(?P<stated>[^\n\r*]+)")


@dataclass(frozen=True, slots=True)
class Annotation:
    """Files, by glob relative to the folder of the annotation, and the license that it gives them."""

    patterns: tuple[str, ...]
    stated: str
    line: int
    text: str


def sidecar(text: str) -> Annotation | None:
    """Return what a `.license` file says of the file beside it (no patterns)."""
    found = _TAG.search(text)
    if found is None:
        return None
    return Annotation((), found["stated"].strip(), text.count("\n", 0, found.start()) + 1, found[0].strip())


def of_files(name: str, text: str) -> list[Annotation]:
    """Return what REUSE.toml or dep5 says; nothing for a file that cannot be read as one."""
    return list(_toml(text) if name == "REUSE.toml" else _dep5(text))


def _toml(text: str) -> Iterator[Annotation]:
    try:
        entries = structured.of_toml(text).get("annotations")
    except structured.UnreadError:
        return  # then it states nothing, which the reader tells
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        paths, stated = entry.get("path"), entry.get("SPDX-License-Identifier")
        names = (
            [paths]
            if isinstance(paths, str)
            else [p for p in (paths if isinstance(paths, list) else ()) if isinstance(p, str)]
        )
        if isinstance(stated, list):
            stated = " AND ".join(one for one in stated if isinstance(one, str))
        if names and isinstance(stated, str) and stated:
            yield Annotation(tuple(names), stated, *_place(text, names[0]))


def _dep5(text: str) -> Iterator[Annotation]:
    for part in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:\s*((?:.+)(?:\n\s+.+)*)", part, re.MULTILINE)
        stated = re.search(r"^License:\s*(.+)$", part, re.MULTILINE)
        if files and stated:
            yield Annotation(tuple(files[1].split()), stated[1].strip(), *_place(text, files[1].split()[0]))


def _place(text: str, words: str) -> tuple[int, str]:
    at = max(text.find(words), 0)
    number = text.count("\n", 0, at) + 1
    return number, text.split("\n")[number - 1].strip()
