"""pygmars' parser with the grammar of copyright notices, which does not apply rules that cannot change anything.

Its 413 rules are regular expressions over the labels of words, applied one after the other, once. A rule that
does not match leaves the tree as it is. And where no notice can come out at all, none is applied: a notice is a
tree whose label holds `COPYRIGHT`; a rule makes a tree only if each label that its expression cannot do without
is there, among the words or made by an earlier rule. That is checked without regard to their order, so that it
errs on the side of parsing.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import Any

from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.regexes import wake
from maxctl.adapters.scancode.sections import Sections

ROOT = "ROOT"
NOTICE = "COPYRIGHT"


class Grammar:
    """Stands where `CopyrightDetector` has its parser."""

    def __init__(self, index: Sections) -> None:
        universe, rules = marshal.loads(index.blob("grammar"))
        self._universe = frozenset(universe)
        self._lines = [line for line, *_ in rules]
        self._needs = [(needs, label) for _, label, _, needs in rules]
        self._kept = [kept for _, _, kept, _ in rules]
        self._search: list[Any] = []
        self._rules: dict[int, Any] = {}
        self._possible: dict[frozenset[str], bool] = {}
        self._parse, self._tree = module("pygmars.parse"), module("pygmars.tree").Tree

    def parse(self, tokens: Sequence[Any]) -> Any:
        """Return the tree of labelled words; the words alone where no notice is among them."""
        labels = frozenset(str(token.label) for token in tokens)
        possible = self._possible.get(labels)
        if possible is None:
            possible = self._possible[labels] = self._may_notice(labels)
        if not possible:
            return tokens
        if not self._search:
            self._search = [wake(kept).search for kept in self._kept]
        tree = self._tree(ROOT, list(tokens))
        text = "".join(f"<{part.label}>" for part in tree)
        for number, search in enumerate(self._search):
            if search(text) is not None:
                tree = self._rule(number).parse(tree)
                text = "".join(f"<{part.label}>" for part in tree)
        return tree

    def _rule(self, number: int) -> Any:
        if number not in self._rules:
            self._rules[number] = self._parse.Rule.from_string(self._lines[number], ROOT)
        return self._rules[number]

    def _may_notice(self, labels: frozenset[str]) -> bool:
        """Tell whether rules may make a notice of words with these labels."""
        if not labels <= self._universe:
            return True
        there = set(labels)
        for needs, label in self._needs:
            if not any(there.isdisjoint(need) for need in needs):
                if NOTICE in label:
                    return True
                there.add(label)
        return False
