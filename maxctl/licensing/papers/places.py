"""Places of an evaluation, which are written `path:line` or are addresses, and foreign text made fit to be seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from maxctl.core import quoting

Document = Mapping[str, Any]
Lines = Callable[[str], list[str] | None]

FETCHED = ".maxctl/out/fetch/"
"""Where a project keeps what it fetched: readers know those files by the rest of the path."""

SLOTS = ("code", "weights", "data", "scripts", "samples")
_LINE = re.compile(r"(.+):(\d{1,9})", re.DOTALL)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)
_PART = r"([A-Za-z0-9._~:/?@!$&()*+,;=-]|%[0-9A-Fa-f]{2})*"
# no part may begin where another goes on, or a long text would take for ever
_ADDRESS = re.compile(rf"https?://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?([/?]{_PART})?(#{_PART})?", re.ASCII)


class Spot(NamedTuple):
    """A path in the tree or an address, and a 1-based line where one is known."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


def read(place: str) -> Spot:
    """Return the parts of a place written `path:line`; the port of an address is no line."""
    found = _LINE.fullmatch(place)
    if found is None or _HOST.fullmatch(found[1]):
        return Spot(place)
    return Spot(found[1], int(found[2]))


def address(text: str) -> str | None:
    """Return the text where it is a web address that a page may link to, else None."""
    return text if _ADDRESS.fullmatch(text) else None


def visible(text: str) -> str:
    """Return foreign text on one line, with whatever is not seen or turns the direction of text spelt out."""
    spaced = ("\u0020" if c in "\t\n\r" or unicodedata.category(c) == "Zs" else c for c in text)
    return quoting.shown("".join(spaced))


def words(text: str, longest: int = 400) -> str:
    """Return foreign text as `visible` does, with single spaces, cut after `longest` characters."""
    flat = visible(" ".join(text.split()))
    return flat if len(flat) <= longest else f"{flat[: longest - 1].rstrip()}…"


def judged(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each slot that has something to judge, with its name, in the order in which papers tell them."""
    for name in SLOTS:
        slot = document["slots"].get(name)
        if slot and not slot["empty"]:
            yield name, slot
