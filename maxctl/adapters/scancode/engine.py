"""scancode in this process, with its inner parts replaced; only the child process imports this."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from maxctl.adapters.scancode import index, late_imports, licenses, model, plain_start
from maxctl.adapters.scancode.copyrights import Copyrights
from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.text_lines import TextLines

_LOADED: list[Any] = []


def start(path: Path, site: Path) -> None:
    """Open the index at `path` and replace what is replaced in the scancode that is installed in `site`."""
    late_imports.install(site)
    magic = module("typecode.magic2")
    for flags in (magic.DETECT_TYPE, magic.DETECT_MIME):  # opened once, before there are workers
        magic.detectors[flags] = magic.Detector(flags)
    sections = index.load(path)
    lines = TextLines()
    module("licensedcode.tokenize").numbered_text_lines = lines
    plain_start.install(site)
    licenses.install(sections)
    _LOADED[:] = [lines, Copyrights(sections, lines)]


def scan(path: str) -> tuple[bytes, bytes]:
    """Return (answer, its detections as JSON) for a file, named relative to the current folder.

    What scancode raises becomes an error of the file, as in its own program.
    """
    lines, copyrights = _LOADED
    lines.start(path)
    errors = []
    expression: str | None = None
    detections: list[dict[str, Any]] = []
    notices: tuple[str, ...] = ()
    try:
        expression, detections = licenses.of(path)
    except Exception as fault:  # noqa: BLE001 - told as an error of this file
        errors.append(f"licenses: {_words(fault)}")
    try:
        notices = copyrights.of(path)
    except Exception as fault:  # noqa: BLE001 - told as an error of this file
        errors.append(f"copyrights: {_words(fault)}")
    answer = model.Answer(
        expression,
        model.found(detections, path),
        notices,
        tuple(errors),
        _names(detections),
    )
    return answer.dump(), json.dumps(detections).encode() if detections else b""


def _words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}".replace(f"{Path.cwd()}/", "")


def _names(detections: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the files to which the rules of the matches refer."""
    rules = module("licensedcode.cache").get_index().rules_by_id
    matched = (rules.get(match["rule_identifier"]) for one in detections for match in one["matches"])
    return tuple(dict.fromkeys(name for rule in matched if rule for name in rule.referenced_filenames))
