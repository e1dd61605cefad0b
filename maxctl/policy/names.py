"""Find known names in running text, however they are joined: `MS COCO`, `ms-coco`, `MS_COCO`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_WORD = re.compile(r"[^\W_]+(?:\+(?!\w))*", re.UNICODE)
_JOINED = re.compile(r"[\s_./:+-]{0,2}")


class Names(Generic[T]):
    """Names of things; of several that begin at one place the longest is found."""

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for name, thing in named:
            words = tuple(word.lower() for word in _WORD.findall(name))
            if words:
                self._by_first.setdefault(words[0], []).append((words, thing))
        for known in self._by_first.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Iterator[tuple[T, int, int]]:
        """Yield each known name in a text: the thing, and from where to where its name stands."""
        words = [(found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text)]
        place = 0
        while place < len(words):
            thing = self._at(words, place, text)
            if thing is None:
                place += 1
            else:
                entry, length = thing
                yield entry, words[place][1], words[place + length - 1][2]
                place += length

    def _at(self, words: list[tuple[str, int, int]], place: int, text: str) -> tuple[T, int] | None:
        for name, thing in self._by_first.get(words[place][0], ()):
            here = words[place : place + len(name)]
            if tuple(word for word, _, _ in here) == name and all(
                _JOINED.fullmatch(text, one[2], other[1]) for one, other in itertools.pairwise(here)
            ):
                return thing, len(name)
        return None
