"""The NOTICE of an evaluation: credits that licenses ask for, terms, copyrights, and the notices of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from maxctl.core import quoting
from maxctl.licensing.papers import expressions
from maxctl.licensing.papers.places import FETCHED, Document, Lines, judged, words
from maxctl.licensing.papers.wording import SLOTS, role

RULE = "-" * 72
FEWEST_WORDS = {"attribution": 2, "notice": 3}
"""From so many words on, a quoted text is a line to be shown as it is; `"Notice"` is the name of a file."""
_QUOTED = re.compile(r': "(.+)"$|"([^"]+)"|“([^”]+)”')
_NOTICE = re.compile(r"(third[-_. ]?party[-_. ]?)?notices?([-_.][^/]*)?", re.IGNORECASE)
_TEXTS = ("", ".txt", ".md", ".rst", ".markdown")
_YEARS = re.compile(r"\b(19|20)\d\d\b([ ,/–-]+(\d{2,4}|present)\b)*", re.IGNORECASE)
_SIGN = re.compile(r"\(c\)|©|\bcopyright(ed)?\b|\ball rights reserved\b|\bby\b|[^\w]", re.IGNORECASE)


def render(document: Document, lines: Lines) -> str:
    """Return the text of NOTICE; the same bytes for the same document and lines.

    `lines` returns the lines of a file of the tree, or None where it has none to show.
    """
    subject = words(document["subject"])
    parts = [
        f"NOTICE\n\n{subject}\n\nThis file names the terms and the owners of what {subject} is, contains, or was\n"
        "made from. The texts of the licenses are in the folder LICENSES.",
        _part("Credits", _credits(document)),
        _part("Licenses", _licenses(document)),
        _part("What the licenses ask of whoever passes this on", _asked(document)),
        _part("Copyright", _copyrights(document)),
        *_reproduced(document, lines),
    ]
    return "\n\n".join(part for part in parts if part).replace(FETCHED, "") + "\n"


def _part(title: str, blocks: Iterable[str]) -> str:
    text = "\n\n".join(blocks)
    return f"{RULE}\n{title}\n{RULE}\n\n{text}" if text else ""


def _credits(document: Document) -> Iterator[str]:
    """Yield each line that a license wants to be shown word for word, once."""
    told: dict[str, None] = {}
    for duty in document["obligations"]:
        fewest = FEWEST_WORDS.get(duty["kind"])
        for found in _QUOTED.finditer(duty["text"]) if fewest else ():
            text = words(next(filter(None, found.groups())), 2000)
            if len(text.split()) >= (fewest or 0):
                told[text] = None
    yield from told


def _licenses(document: Document) -> Iterator[str]:
    for name, slot in judged(document):
        told = [f"{SLOTS[name]}: {words(slot['concluded'] or 'not stated')}"]
        for one in slot["datasets"]:
            use = f", {words(role(one['use']))}" if one["use"] else ""
            told.append(f"  - data set {words(one['id'])}{use}: {_terms(one)}")
        for one in slot["base_models"]:
            relation = f" ({words(one['relation'])})" if one["relation"] else ""
            told.append(f"  - made from {words(one['name'])}{relation}: {_terms(one)}")
        yield "\n".join(told)


def _terms(one: Mapping[str, Any]) -> str:
    known = one["license"] if one["license"] not in (None, *expressions.NOT_LICENSES) else "terms not known"
    return words(known) + (f", see {words(one['source'])}" if one["source"] else "")


def _asked(document: Document) -> Iterator[str]:
    from maxctl.policy.obligations import TOLD_TO_RECIPIENTS, Kind

    found: dict[str, dict[str, dict[str, None]]] = {}
    for duty in document["obligations"]:
        if duty["kind"] in (TOLD_TO_RECIPIENTS | {Kind.NAMING}):
            slots = found.setdefault(duty["license"], {}).setdefault(words(duty["text"], 2000), {})
            slots[SLOTS.get(duty["slot"], duty["slot"]).lower()] = None
    for license_, duties in sorted(found.items()):
        told = (f"  - {text} [{', '.join(slots)}]" for text, slots in duties.items())
        yield "\n".join((words(license_), *told))


def _copyrights(document: Document) -> Iterator[str]:
    """Yield the holders of each license, those of files without one last."""
    origins = expressions.origins(document)
    found: dict[str, dict[str, str]] = {}
    for file in document["files"]:
        for text in file["copyrights"]:
            line = words(text, 500).rstrip(" ,;")
            found.setdefault(file["licenses"] or "", {}).setdefault(_same(line), line)
    for license_, told in sorted(found.items(), key=lambda item: (not item[0], item[0].lower())):
        slots = dict.fromkeys(s for name in expressions.ids(license_) for s in origins.get(name, ()))
        where = f" ({', '.join(SLOTS[slot].lower() for slot in slots)})" if slots else ""
        title = words(license_) or "Files in which no license was found"
        yield "\n".join((f"{title}{where}", *(f"  {line}" for line in sorted(told.values(), key=_by_holder))))


def _same(line: str) -> str:
    """Return what two spellings of one copyright have in common: years and holder, without signs and fill words."""
    return " ".join(_SIGN.sub(" ", line).casefold().split())


def _by_holder(line: str) -> tuple[str, str]:
    return _same(_YEARS.sub(" ", line)), line


def _reproduced(document: Document, lines: Lines) -> Iterator[str]:
    """Yield the NOTICE files of the tree as they stand, each text once, with every path that has it."""
    found: dict[str | None, list[str]] = {}
    for path in sorted(file["path"] for file in document["files"]):
        name = PurePosixPath(path)
        if _NOTICE.fullmatch(name.name) and name.suffix.lower() in _TEXTS:
            text = lines(path)
            shown = None if text is None else quoting.shown("\n".join(text).strip("\n"), keep=quoting.LINES)
            if shown != "":
                found.setdefault(shown, []).append(words(path))
    for shown, paths in found.items():
        body = (
            shown if shown is not None else "This file could not be read as text: pass it on beside this one."
        )
        yield _part(f"Reproduced from {', '.join(paths)}", [body])
