"""The license texts of an evaluation, laid out as REUSE asks: `LICENSES/<SPDX id>.txt`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from maxctl.core import quoting
from maxctl.licensing.papers import expressions
from maxctl.licensing.papers.places import Document, Lines, judged, words

FOLDER = "LICENSES"
MISSING = "LICENSES-MISSING.txt"
ALIKE = 0.9
"""Part of the words that a file and the known text must share to be one text."""
LENGTHS = (0.6, 1.6)
"""How much shorter or longer such a file may be."""
SHORTEST = 60
"""Words of a license that the database does not know; less is a reference to it."""
_NAMES = re.compile(r"(model[-_])?(un)?licen[cs]e|copying", re.IGNORECASE)
_TEXTS = ("", ".txt", ".md", ".rst")
_ID = re.compile(r"[A-Za-z0-9.+-]+")
_KEY = re.compile(r"^spdx_license_key:\s*(\S+)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^---\s*$", re.MULTILINE)
# such an entry stands for a kind of sentence, and its text is about that kind
_GENERIC = re.compile(r"^is_(generic|unknown): *(yes|true)", re.MULTILINE)
_DEPRECATED = re.compile(r"^is_deprecated: *(yes|true)", re.MULTILINE)
_OTHER = re.compile(r"^other_spdx_license_keys:\n((?:\s+-\s+.*\n)+)", re.MULTILINE)


def collect(document: Document, lines: Lines, database: Path) -> dict[str, str]:
    """Return the text of each license that was concluded or found, by the path of its file.

    The tree's own file is taken where it is that license's text as a whole, since it names the holders; else the
    text of the scanner's `database`, its folder of `*.LICENSE` files. Where neither has one, the license is named
    in `LICENSES-MISSING.txt`. `lines` returns the lines of a file of the tree, or None.
    """
    known = _Database(database)
    found: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, place in sorted(_wanted(document).items()):
        text = None
        if _ID.fullmatch(name):  # else it would be no name of a file
            shipped = known.text(name)
            text = _own(name, shipped, document, lines) or shipped
        if text:
            found[f"{FOLDER}/{name}.txt"] = f"{text.rstrip()}\n"
        else:
            missing[name] = place
    if missing:
        found[MISSING] = _missing(missing)
    return found


def _wanted(document: Document) -> dict[str, str]:
    """Return each license id, and exception, with the place that speaks of it."""
    found: dict[str, str] = {}
    for slot_name, slot in judged(document):
        terms = [one for one in (*slot["datasets"], *slot["base_models"]) if one["license"]]
        places = {part: one["source"] or one["stated_in"] for one in terms for part in _parts(one["license"])}
        places |= {one["license"]: one["places"][0] for one in slot["decisions"] if one["places"]}
        for expression in (slot["concluded"], *(one["license"] for one in slot["base_models"])):
            for part in _parts(expression):
                found.setdefault(part, places.get(part) or f"the {slot_name}")
    for file in document["files"]:
        for part in _parts(file["licenses"]):
            found.setdefault(part, file["path"])
    return found


def _parts(expression: str | None) -> list[str]:
    return [part for name in expressions.ids(expression) for part in name.split(" WITH ")]


def _own(name: str, known: str | None, document: Document, lines: Lines) -> str | None:
    """Return the tree's own copy of a license, the one nearest to the root; None where it has none."""
    for path in sorted(_speakers(name, document), key=lambda path: (path.count("/"), path)):
        content = lines(path)
        if content is None:
            continue
        raw = "\n".join(content).replace("\f", "")
        if known is not None and not LENGTHS[0] <= len(raw) / len(known) <= LENGTHS[1]:
            continue  # most files only carry a notice: there is no need to count their words
        text = quoting.shown(raw, keep=quoting.LINES).strip("\n")
        if known is not None:
            if _alike(text, known):
                return text
        elif _names_a_license(path) and len(text.split()) >= SHORTEST:
            return text
    return None


def _speakers(name: str, document: Document) -> set[str]:
    """Return the files that are said to be under this license and no other."""
    found = {file["path"] for file in document["files"] if file["licenses"] == name}
    for _, slot in judged(document):
        for one in (*slot["evidence"], *slot["claims"]):
            if one["expression"] == name:
                found.add(one["path"])
    return found


def _names_a_license(path: str) -> bool:
    name = PurePosixPath(path)
    return name.suffix.lower() in _TEXTS and _NAMES.match(name.name) is not None


def _alike(text: str, known: str) -> bool:
    ours, theirs = (Counter(re.findall(r"\w+", one.casefold())) for one in (text, known))
    return (ours & theirs).total() >= ALIKE * max(ours.total(), theirs.total())


class _Database:
    """The scanner's texts, by SPDX id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: dict[str, Path] | None = None

    def text(self, name: str) -> str | None:
        """Return the text of a license without its front matter; None where there is none."""
        key = name.removeprefix("LicenseRef-scancode-").lower()
        path = self._folder / f"{key}.LICENSE"
        if not path.is_file() or name not in _named(path):
            path = self._paths().get(name, path)
        if not path.is_file() or name not in _named(path):
            return None
        head, text = _split(path)
        return None if _GENERIC.search(head) else text.strip("\n") or None

    def _paths(self) -> dict[str, Path]:
        """Return the file of every id; a current license wins over a deprecated one, its first id over others."""
        if self._index is None:
            ranked: dict[str, tuple[int, Path]] = {}
            for path in sorted(self._folder.glob("*.LICENSE")):
                old = _DEPRECATED.search(_split(path)[0]) is not None
                for place, name in enumerate(_named(path)):
                    rank = 2 * old + bool(place)
                    if name not in ranked or rank < ranked[name][0]:
                        ranked[name] = rank, path
            self._index = {name: path for name, (_, path) in ranked.items()}
        return self._index


def _split(path: Path) -> tuple[str, str]:
    """Return front matter and text of a file of the database."""
    _, head, text = _FENCE.split(path.read_text(encoding="utf-8"), 2)
    return head, text


def _named(path: Path) -> list[str]:
    head = _split(path)[0]
    others = _OTHER.search(head)
    return _KEY.findall(head) + re.findall(r"-\s+(\S+)", others[1] if others else "")


def _missing(missing: Mapping[str, str]) -> str:
    told = "\n".join(f"{words(name)}\n    found at: {words(place)}" for name, place in missing.items())
    return (
        "The texts of these licenses are not in the folder LICENSES: neither the tree nor the scanner has them.\n"
        "Get the terms from the owner, or keep the words that stand at the place, and put them there as <id>.txt.\n\n"
        + told
        + "\n"
    )
