"""AI licenses that prose names by their titles, where the scanner finds no text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maxctl.policy.knowledge import AiLicense

_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)*|\++")
_GAP = re.compile(r"[ \t_*`'\"“”‘’\[\](){}\-–—.|]*(?:\r?\n[ \t>#*/;\-]*)?[ \t_*`'\"“”‘’\[\](){}\-–—|]*")
_JOINED = {"noncommercial": ("non", "commercial"), "openrail": ("open", "rail"), "licence": ("license",)}
_END_OF_SENTENCE = re.compile(r"\.\s")
LONGEST = 400
"""Characters in which a title has to end, line breaks and quote marks included."""


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Title:
    words: tuple[str, ...]
    license: AiLicense
    beside: tuple[tuple[str, ...], ...] = ()
    """Where there are any, one of them has to stand in the text too."""


class Phrases:
    """The titles of licenses, ready to be looked for."""

    def __init__(self, licenses: Iterable[AiLicense]) -> None:
        self._titles = tuple(_titles(licenses))
        self._words = frozenset(word for title in self._titles for word in title.words)

    def named_in(self, text: str) -> list[tuple[AiLicense, int, int]]:
        """Return the licenses that a text names, each with start and end in it; the longest title wins.

        A title counts as a whole only: not inside a longer word or number, nor across the end of a sentence.
        """
        lower = _lower(text)
        here = {word for word in self._words if word in lower}
        if "licence" in lower:
            here.add("license")
        by_first: dict[str, list[_Title]] = {}
        for title in self._titles:  # most texts hold all words of no title at all
            if here.issuperset(title.words):
                by_first.setdefault(title.words[0], []).append(title)
        found: list[tuple[AiLicense, int, int]] = []
        end = 0
        for start in sorted({at for first in by_first for at in _places(first, lower)}):
            if start < end:
                continue
            tokens = list(_tokens(lower, start, start + LONGEST))
            hits = [t for t in by_first.get(tokens[0].word, ()) if _stands(t.words, tokens, lower)]
            best = _best(hits, start, lower)
            if best is not None:
                end = tokens[len(best.words) - 1].end
                found.append((best.license, start, end))
        return found


def _titles(licenses: Iterable[AiLicense]) -> Iterator[_Title]:
    for entry in licenses:
        for phrase in entry.phrases:
            yield _Title(_words(phrase), entry)
        if entry.phrases_beside:
            beside = tuple(_words(word) for word in entry.phrases_beside.words)
            for phrase in entry.phrases_beside.phrases:
                yield _Title(_words(phrase), entry, beside)


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(token.word for token in _tokens(phrase))


def _lower(text: str) -> str:
    """Return the text in lower case, letter by letter: a few become two, and places have to stay the text's."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := one.lower()) == 1 else one for one in text)


def _places(word: str, lower: str) -> Iterator[int]:
    """Yield where a word may begin."""
    at = lower.find(word)
    while at != -1:
        if not lower[at - 1 : at].isalpha():
            yield at
        at = lower.find(word, at + 1)


def _tokens(lower: str, start: int = 0, end: int = LONGEST) -> Iterator[_Token]:
    for match in _WORD.finditer(lower, start, end):
        for word in _JOINED.get(match.group(), (match.group(),)):
            yield _Token(word, match.start(), match.end())


def _stands(words: tuple[str, ...], tokens: list[_Token], lower: str) -> bool:
    """Tell whether the tokens begin with these words, close together, and end where the last word does."""
    run = tokens[: len(words)]
    if [token.word for token in run] != list(words):
        return False
    for left, right in pairwise(run):
        gap = lower[left.end : right.start]
        if left.start != right.start and (not _GAP.fullmatch(gap) or _END_OF_SENTENCE.search(gap)):
            return False
    before, after = lower[: run[0].start][-1:], lower[run[-1].end :][:1]
    return not before.isalnum() and not after.isalnum()


def _best(hits: list[_Title], at: int, lower: str) -> _Title | None:
    """Return the longest; among equals the one whose words beside it stand nearest, then one that needs none."""
    for length in sorted({len(title.words) for title in hits}, reverse=True):
        longest = [title for title in hits if len(title.words) == length]
        near = [(far, title) for title in longest if (far := _distance(title, at, lower)) is not None]
        if near:
            return min(near, key=lambda pair: pair[0])[1]
        sure = next((title for title in longest if not title.beside), None)
        if sure is not None:
            return sure
    return None


def _distance(title: _Title, at: int, lower: str) -> int | None:
    """Return how far the nearest of the words beside a title stands from it; None where none stands at all."""
    spots = [
        abs(place - at)
        for words in title.beside
        for place in _places(words[0], lower)
        if _stands(words, list(_tokens(lower, place, place + LONGEST)), lower)
    ]
    return min(spots, default=None)
