"""What scancode's program writes, read into files; and the mend where there is no scancode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from maxctl.adapters.scancode import model
from maxctl.adapters.scancode.model import ScannedFile
from maxctl.core.errors import StageError

MEND = "pip install 'maxctl[scan]'"
FORMAT = "4"
"""Major version of scancode's output format that `parse` reads."""


def parse(answer: str) -> tuple[ScannedFile, ...]:
    """Return the files of scancode's JSON output; raises `StageError` for a format that is not known."""
    try:
        data: Mapping[str, Any] = json.loads(answer)
        written = str(data["headers"][0]["output_format_version"])
    except (ValueError, KeyError, IndexError, TypeError):
        raise StageError("scancode's answer is not its JSON output", hint=MEND) from None
    if written.partition(".")[0] != FORMAT:
        raise StageError(
            f"scancode wrote its output format {written}; this maxctl reads {FORMAT}.x", hint=MEND
        )
    return tuple(sorted((_file(e) for e in data["files"] if e["type"] == "file"), key=lambda file: file.path))


def _file(entry: Mapping[str, Any]) -> ScannedFile:
    return ScannedFile(
        path=entry["path"],
        licenses=entry["detected_license_expression_spdx"],
        found=model.found(entry["license_detections"], entry["path"]),
        copyrights=model.copyrights(entry["copyrights"]),
        errors=tuple(entry["scan_errors"]),
    )
