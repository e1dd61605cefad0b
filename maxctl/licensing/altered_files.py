"""Which files of a tree are held against license texts, and what their own words come to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import PurePosixPath

from maxctl.adapters.scancode import ScannedFile
from maxctl.core.errors import ToolMissingError
from maxctl.licensing import scancode_categories, trees
from maxctl.licensing.altered import Special, limits, special
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.said import Kind, Said
from maxctl.licensing.heard import Heard
from maxctl.licensing.license_words import Rules
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, Spot
from maxctl.policy.spdx import Reading

MOST = 20
"""So many places of a file are told."""
SHOWN = 200
_TABLES = frozenset(
    (
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".csv",
        ".tsv",
        ".xml",
        ".jinja",
        ".j2",
        ".tmpl",
        ".about",
        ".spdx",
        ".css",
        ".svg",
    )
)
"""Lists of licenses, which are no license."""
_UNREAD = frozenset((".pdf", ".doc", ".docx", ".odt", ".rtf", ".gz", ".zip"))
_OF_WEIGHTS = re.compile(r"\b(?:weights?|models?|checkpoints?|parameters)\b", re.IGNORECASE)


@cache
def _rules() -> Rules | None:
    try:
        return Rules(scancode_categories.database().parent)
    except ToolMissingError:
        return None


def of_file(heard: Heard, path: PurePosixPath, scanned: ScannedFile, known: Known) -> list[Special]:
    """Return the words of a license file that are no license's; of a NOTICE, those that limit something."""
    notice = path.name.upper().startswith("NOTICE")
    if not (notice or trees.is_license(path)) or _decides_nothing(path) or trees.is_weights(path):
        return []
    rules, suffix = _rules(), path.suffix.lower()
    if rules is None or suffix in _TABLES or suffix in trees.MEDIA or suffix in trees.SOURCE:
        return []
    if any(not found.matches for found in scanned.found):
        return []  # it lends another file's words
    named = _named(known)
    if heard.foreign(str(path)) and any(named(found.expression) for found in scanned.found):
        return []  # what others bundle has a license each, which was found
    content = (heard.tree.root / path).read_bytes()
    if suffix in _UNREAD or (b"\0" in content and content[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return (
            []
            if notice
            else [Special(1, "no plain text, so that its words cannot be compared with a license")]
        )
    told = special(_text(content), scanned, rules, named, limited(known))
    return [one for one in told if limits(one)] if notice else told


def _decides_nothing(path: PurePosixPath) -> bool:
    """Tell whether a file states no license; one whose name says that it does is no list of words."""
    listed = trees.VOCABULARY.search(path.name) and "LICENSES" not in path.parts[:-1]
    return trees.counts(path) is not None and not (listed and path.suffix != ".license")


def _named(known: Known) -> Callable[[str], bool]:
    def named(expression: str) -> bool:
        categories = {known.catalog.category(name) for name in spdx.ids(expression)}
        return categories != {"Unstated License"}

    return named


def limited(known: Known) -> Callable[[str], bool]:
    """Return what tells whether a sentence beside a license forbids or asks something."""

    def judge(sentence: str) -> bool:
        from maxctl.licensing.claims import sentences
        from maxctl.licensing.claims.prose import Sentence

        told = sentences.statements(Sentence(sentence, 1, ("License",)), known.lexicon, "license file")
        return any(one.kind in (Kind.RESTRICTION, Kind.EXCLUSION) for one in told)

    return judge


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def claims(told: Sequence[Special], shown: str, scanned: ScannedFile) -> list[Claim]:
    """Return the words as claims that take something back from the licenses of their file."""
    return [
        Claim(
            Reading(_brief(one), spdx.Kind.STATED, spdx.CONDITIONAL),
            Spot(shown, one.line, one.text),
            "license file",
            restricts=True,
            beyond=scanned.licenses or "",
        )
        for one in told[:MOST]
    ]


def _brief(one: Special) -> str:
    text = " ".join(one.text.split())
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"{text} [without: {one.left_out[:SHOWN]}]" if one.left_out else text


def said(told: Sequence[Special], known: Known) -> Said:
    """Return what the words say, read as prose: limits, and what a license does not reach."""
    from maxctl.licensing.claims import reader

    lines: dict[int, str] = {}
    for one in told:
        if not one.left_out:
            lines |= dict(enumerate(one.text.splitlines(), one.line))
    text = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
    heard = reader.prose(PurePosixPath("LICENSE"), text, known)
    return Said(
        tuple(
            statement
            for statement in heard.statements
            if statement.kind in (Kind.RESTRICTION, Kind.EXCLUSION)
            or (statement.kind is Kind.GRANT and statement.slots)
        )
    )


def reaches_weights(claim: Claim, of_weights: Sequence[Claim]) -> bool:
    """Tell whether words of a license file count for the weights: they name them, or these are under its license."""
    if not claim.beyond or _OF_WEIGHTS.search(claim.spot.text):
        return True
    stems = spdx.stems(claim.beyond)
    return any(
        one.reading.expression and one.beyond is None and spdx.stems(one.reading.expression) & stems
        for one in of_weights
    )
