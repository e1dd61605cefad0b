"""The lines that a report rests on: each is numbered as a source, shown with its neighbors, and marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from maxctl.licensing.papers.places import Lines, address, words

CONTEXT = 2
"""Lines shown before and after a marked one."""
MARKED = 12
"""Lines marked of a text that is longer; the rest is told by its numbers."""
LONGEST = 240
"""Characters of a line; of a longer one, what stands around the words that matter."""
AROUND = 90


Words = tuple[str, ...]
"""What may stand in a line: the first of them that does is marked."""


class Piece(NamedTuple):
    """A part of a line, and whether it is what matters."""

    text: str
    marked: bool = False


class Back(NamedTuple):
    """The statement that cites a line: where it stands in the report, and what it is called there."""

    anchor: str
    label: str


class Citation(NamedTuple):
    """A link to a source: the anchor of the line, `path:line`, and the number of the source."""

    anchor: str
    label: str
    number: int


@dataclass(slots=True)
class Row:
    """A line of an excerpt."""

    number: int
    anchor: str
    pieces: list[Piece]
    marked: bool
    length: int
    """Characters of the whole line where it was cut, else 0."""
    backs: list[Back]
    gap: bool = False
    """Whether lines were left out before it."""


@dataclass(slots=True)
class _Mark:
    texts: list[Words] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A file or an address that is cited, with the lines to show; or with its words, where it has no lines."""

    number: int
    path: str
    address: str | None
    lines: list[str] | None
    marks: dict[int, _Mark] = field(default_factory=dict)
    said: dict[str, list[Back]] = field(default_factory=dict)
    """Words that stand at no line of it, with what cites them."""
    notes: list[str] = field(default_factory=list)

    def sayings(self) -> list[tuple[str, list[Back]]]:
        """Return the words that stand at no line; what cites the source without any joins the first of them."""
        said = dict(self.said)
        if len(said) > 1 and (bare := said.pop("", None)):
            first = next(iter(said))
            said[first] = said[first] + bare
        return list(said.items())

    @property
    def anchor(self) -> str:
        """The anchor of the source as a whole."""
        return f"source-{self.number}"

    def rows(self) -> Iterator[Row]:
        """Yield the marked lines and their neighbors, in order."""
        lines = self.lines or []
        near = {
            number + step
            for number in self.marks
            for step in range(-CONTEXT, CONTEXT + 1)
            if 1 <= number + step <= len(lines)
        }
        last = 0
        for number in sorted(near):
            text, mark = lines[number - 1].removeprefix("\ufeff"), self.marks.get(number)
            yield Row(
                number,
                f"{self.anchor}-{number}",
                pieces(text, mark.texts if mark else ()),
                mark is not None,
                len(text) if len(text) > LONGEST else 0,
                mark.backs if mark else [],
                gap=number > last + 1 > 1,
            )
            last = number


class Sources:
    """Everything that a report cites, numbered in the order of its first mention."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._found: dict[str, Source] = {}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._found.values())

    def cite(self, path: str, line: int | None, texts: Words, back: Back, end: int | None = None) -> Citation:
        """Return the link to where something stands; it is shown there, and points back.

        `texts` are the words that stand there, the narrowest first, as far as they are known.
        """
        source = self._found.get(path)
        if source is None:
            known = address(path)
            lines = None if known else self._lines(path)
            source = self._found[path] = Source(len(self._found) + 1, path, known, lines)
        label = path if line is None else f"{path}:{line}"
        if source.lines is None or line is None or not 1 <= line <= len(source.lines):
            if source.lines is not None and line is not None:
                source.notes.append(f"line {line} is not in this file, which has {len(source.lines)} lines")
            source.said.setdefault(words(texts[-1] if texts else ""), []).append(back)
            return Citation(source.anchor, label, source.number)
        last = min(end or line, len(source.lines))
        for number in range(line, min(last, line + MARKED - 1) + 1):
            source.marks.setdefault(number, _Mark()).texts.append(texts)
        if last >= line + MARKED:
            note = f"the text found at line {line} goes on to line {last}"
            source.notes += [note] if note not in source.notes else []
        source.marks[line].backs.append(back)
        return Citation(f"{source.anchor}-{line}", label, source.number)


def pieces(line: str, texts: Sequence[Words]) -> list[Piece]:
    """Return a line in parts, those of `texts` marked; a long line is cut down to what stands around them."""
    line = line.expandtabs(4)
    spans = sorted({span for some in texts if (span := _span(line, some))})
    if not spans and texts and len(line) <= LONGEST and line.strip():
        spans = [(len(line) - len(line.lstrip()), len(line.rstrip()))]
    if len(line) <= LONGEST:
        windows = [(0, len(line))]
    else:
        windows = [(max(0, a - AROUND), min(len(line), b + AROUND)) for a, b in spans] or [(0, LONGEST)]
    told: list[Piece] = []
    done = 0
    for start, stop in windows:
        if stop <= done:
            continue
        if start > done:
            told.append(Piece(" … " if done else "… "))
        done = max(start, done)
        for a, b in spans:
            a, b = max(a, done), min(b, stop)
            if a < b:
                told += [Piece(line[done:a]), Piece(line[a:b], marked=True)]
                done = b
        told.append(Piece(line[done:stop]))
        done = stop
    if done < len(line):
        told.append(Piece(" …"))
    return [piece for piece in told if piece.text]


def _span(line: str, texts: Words) -> tuple[int, int] | None:
    """Return where the first of the texts that is in the line stands, whatever the spaces between its words."""
    for text in texts:
        wanted = text.strip().rstrip("…").split()
        found = re.search(r"\s+".join(map(re.escape, wanted)), line, re.IGNORECASE) if wanted else None
        if found:
            return found.start(), min(found.end(), found.start() + LONGEST)
    return None
