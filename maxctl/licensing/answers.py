"""Whole answers, kept by everything that decides them: asking again of what did not change costs a hash of each file.

Importing this costs little on purpose: where an answer is known, nothing of the evaluation is loaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import maxctl
from maxctl.adapters.scancode.store import Store
from maxctl.core import digest, resources
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.stage import Outcome
from maxctl.licensing.left_out import LEFT_OUT

VERSION = 4
"""Raise it when the same files are judged otherwise, or told otherwise."""
LARGE = 64 * 1024**2
MOST = 20_000
"""A larger folder is judged each time."""


class Answers:
    """Answers about folders, with the options that decide them."""

    def __init__(self, cache: Path, options: Mapping[str, Any], scanner: str) -> None:
        self._folder = cache / "answers"
        self._deciding = [VERSION, maxctl.__version__, dict(options), scanner, date.today().isoformat()]

    def key(self, folder: Path, subject: str) -> str | None:
        """Return the key of the answer about a folder; None where it is not to be kept."""
        licenses = resources.path("licenses")
        known = digest.of_files(licenses, sorted(licenses.glob("*.yaml")))
        organization = os.environ.get("MAXCTL_POLICY")
        if organization:  # it may extend others: those are read each time
            return None
        files: list[tuple[str, str]] = []
        try:
            for path in digest.walk(folder, LEFT_OUT):
                if path.is_symlink() or not path.is_file() or len(files) >= MOST:
                    return None
                inside = path.relative_to(folder).as_posix()
                inside.encode()
                files.append((inside, _content(path)))
        except (OSError, UnicodeEncodeError, RecursionError):
            return None  # what cannot be read is told anew each time
        return digest.of_value([*self._deciding, known, subject, files])

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the document of a known answer."""
        with Store(self._folder) as store:
            body = store.get([key]).get(key)
        return None if body is None else dict(json.loads(body))

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep the document of an answer."""
        with Store(self._folder) as store:
            store.put({key: json.dumps(document, ensure_ascii=False).encode()})


def _content(path: Path) -> str:
    """Return what tells whether a file is the same: its digest, and of a large one its size and time."""
    stat = path.stat()
    return (
        digest.of_file(path) if stat.st_size <= LARGE else f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
    )


def outcome(document: Mapping[str, Any]) -> Outcome:
    """Return the outcome that a document tells of."""
    found = [_finding(one) for one in document["findings"]]
    facts = ScanLicenseFacts.model_validate(
        {
            **{key: document[key] for key in ScanLicenseFacts.model_fields if key in document},
            "slots": {
                slot: {**told, "evidence": _grouped(told["evidence"])}
                for slot, told in document["slots"].items()
            },
        }
    )
    judged = Outcome.judge(found, facts)
    return Outcome(judged.verdict, judged.findings, judged.facts, document=document)


def _grouped(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each expression with its first place, as the facts have it."""
    places: dict[str, list[dict[str, Any]]] = {}
    for one in evidence:
        places.setdefault(one["expression"], []).append(one)
    return [
        {
            **{key: first[key] for key in ("path", "line", "text")},
            "expression": expression,
            "places": len(found),
        }
        for expression, found in sorted(places.items())
        for first in found[:1]
    ]


def _finding(told: dict[str, Any]) -> Finding:
    place = told["place"]
    return Finding(
        told["code"],
        Severity(told["severity"]),
        told["subject"],
        told["message"],
        told["remedy"],
        Place(place["path"], place["line"], place["column"]) if place else None,
    )
