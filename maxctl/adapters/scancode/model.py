"""What a scan says of a file, and how it is read out of scancode's own mappings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

TREE = "tree"
"""The name of the root folder in the paths of scancode's answers."""


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a file that is like one of scancode's rules: its lines, and how much of either is the other's."""

    rule: str
    """The name of the rule's file in scancode's database; a made-up one for an SPDX tag."""
    expression: str
    score: float
    coverage: float
    """How much of the rule stands in the file, 0..100."""
    length: int
    """How many words they share."""
    start: int
    end: int
    by: str
    """Which of scancode's ways found it: `2-aho`, `3-seq`, `1-spdx-id`, …"""


@dataclass(frozen=True, slots=True)
class Found:
    """A license in a file: SPDX expression, score of 0..100, first and last line, and the text that matched."""

    expression: str
    score: float
    start: int
    end: int
    text: str
    matches: tuple[Match, ...] = ()
    """What it was put together from, in this file."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What scancode says of a file: `licenses` is one SPDX expression for all of it, or None."""

    path: str
    licenses: str | None
    found: tuple[Found, ...]
    copyrights: tuple[str, ...]
    errors: tuple[str, ...] = ()
    sha256: str = ""
    """`sha256:<hex>` of what was scanned."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a file's content says, wherever the file stands.

    `names` are the files to which its license notices refer; those are looked for once the whole tree is known.
    """

    licenses: str | None
    found: tuple[Found, ...]
    copyrights: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def at(self, path: str, sha256: str) -> ScannedFile:
        """Return it as said of a file."""
        return ScannedFile(path, self.licenses, self.found, self.copyrights, self.errors, sha256)

    def dump(self) -> bytes:
        """Return it as JSON; `load` reads it."""
        found = [
            [
                one.expression,
                one.score,
                one.start,
                one.end,
                one.text,
                [astuple(match) for match in one.matches],
            ]
            for one in self.found
        ]
        return json.dumps([self.licenses, found, self.copyrights, self.errors, self.names]).encode()

    @classmethod
    def load(cls, text: bytes | str) -> Answer:
        """Return what `dump` wrote."""
        licenses, found, copyrights, errors, names = json.loads(text)
        return cls(
            licenses,
            tuple(_kept(*one) for one in found),
            tuple(copyrights),
            tuple(errors),
            tuple(names),
        )


def _kept(expression: str, score: float, start: int, end: int, text: str, matches: Iterable[Any]) -> Found:
    return Found(expression, score, start, end, text, tuple(Match(*match) for match in matches))


def found(detections: Iterable[Mapping[str, Any]], path: str) -> tuple[Found, ...]:
    """Return scancode's detections in a file, each at its place in it."""
    return tuple(_found(detection, path) for detection in detections)


def _found(detection: Mapping[str, Any], path: str) -> Found:
    """Return a detection; matches that it borrowed from a referenced file lend no lines."""
    matches = detection["matches"]
    own = [match for match in matches if match["from_file"] in (None, path, f"{TREE}/{path}")] or matches
    return Found(
        expression=detection["license_expression_spdx"],
        score=max(match["score"] for match in own),
        start=min(match["start_line"] for match in own),
        end=max(match["end_line"] for match in own),
        text=own[0].get("matched_text") or "",
        matches=tuple(
            _match(match) for match in matches if match["from_file"] in (None, path, f"{TREE}/{path}")
        ),
    )


def _match(match: Mapping[str, Any]) -> Match:
    return Match(
        rule=match["rule_identifier"],
        expression=match["license_expression_spdx"],
        score=match["score"],
        coverage=match["match_coverage"],
        length=match["matched_length"],
        start=match["start_line"],
        end=match["end_line"],
        by=match["matcher"],
    )


def copyrights(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the copyright notices, each once."""
    return tuple(dict.fromkeys(entry["copyright"] for entry in entries))
