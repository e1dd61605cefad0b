"""Copyright notices of a file: scancode's own lexer and grammar, asked less often.

Only notices are wanted here, neither holders nor authors, so a group of lines from whose words the grammar
cannot make a notice is left out, and a group that was seen before has the answer it had (docs/decisions/0010).
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from typing import Any

from maxctl.adapters.scancode import candidate_lines
from maxctl.adapters.scancode.candidate_lines import Line
from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.notice_grammar import Grammar
from maxctl.adapters.scancode.regexes import wake
from maxctl.adapters.scancode.sections import Sections
from maxctl.adapters.scancode.text_lines import TextLines

REMEMBERED = 20_000
"""So many words and groups are remembered, then forgotten."""


class Copyrights:
    """The notices of files: `of(path)`."""

    def __init__(self, index: Sections, lines: TextLines) -> None:
        self._scancode: Any = module("cluecode.copyrights")
        self._detector = self._scancode.CopyrightDetector.__new__(self._scancode.CopyrightDetector)
        self._detector.lexer = self
        self._detector.parser = Grammar(index)
        self._kept = marshal.loads(index.blob("words"))
        self._by_first: dict[str, tuple[Any, dict[int, str]]] = {}
        self._lines = lines
        self._labels: dict[str, str | None] = {}
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """Return the notices in a file, each once, in their order."""
        credits = module("cluecode.linux_credits")
        if list(credits.detect_credits_authors(path)):
            return ()  # scancode reads a CREDITS file for its authors only
        lines = self._lines.without_markup(path)
        found: dict[str, None] = {}
        for group in candidate_lines.groups(lines):
            found.update(dict.fromkeys(self._in(group)))
        return tuple(found)

    def _in(self, group: Sequence[Line]) -> tuple[str, ...]:
        texts = tuple(text for _, text in group)
        known = self._known.get(texts)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            detections = self._detector.detect(group, include_holders=False, include_authors=False)
            known = self._known[texts] = tuple(detection.copyright for detection in detections)
        return known

    def _label(self, value: str) -> str | None:
        """Return the label of the first pattern that matches a word; only those that may are tried."""
        first = value[:1] if value[:1].isascii() else ""
        if first not in self._by_first:
            kept, labels = self._kept[first]
            self._by_first[first] = (wake(kept).match, labels)
        match, labels = self._by_first[first]
        found = match(value)
        return labels[found.lastindex] if found else None

    def lex_tokens(self, tokens: Iterable[Any], trace: bool = False) -> list[Any]:
        """`Lexer.lex_tokens`, which labels a word by nothing but itself: each word is looked at once."""
        tokens = list(tokens)
        for token in tokens:
            value = token.value
            try:
                label = self._labels[value]
            except KeyError:
                if len(self._labels) >= REMEMBERED:
                    self._labels.clear()
                label = self._labels[value] = self._label(value)
            if label is not None:
                token.label = label
        return tokens
