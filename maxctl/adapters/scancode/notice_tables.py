"""What the search for copyright notices computes from scancode's patterns and grammar once, for the index."""

from __future__ import annotations

import marshal
import re
from typing import Any

from maxctl.adapters.scancode.first_characters import ALL, first_characters
from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.regexes import keep

UNLABELLED = ("EMPTY_LINE", "None", "")
"""Labels of words that no pattern gave one."""
EASED = {r"^<([a-zA-Z]+[a-zA-Z\.]){2,5}$": r"^(?=<[a-zA-Z\.]+$)<([a-zA-Z]+[a-zA-Z\.]){2,5}$"}
"""A pattern that takes a minute to fail on 120 letters, and the same with a look at what all its matches are of."""
_LABEL = re.compile(r"<([^<>]*)>([?*+]|\{\d*,?\d*\})?")


def tables() -> dict[str, bytes]:
    """Return the blobs `words` (patterns of single words) and `grammar` (rules over their labels)."""
    scancode = module("cluecode.copyrights")
    rule_class = module("pygmars.parse").Rule
    lines = [line.strip() for line in scancode.GRAMMAR.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    rules = [rule_class.from_string(line) for line in lines]
    universe = {label for _, label in scancode.PATTERNS} | {rule.label for rule in rules} | set(UNLABELLED)
    grammar = [
        (line, rule.label, keep(rule._regexp), [_satisfying(one, universe) for one in needed(rule.pattern)])
        for line, rule in zip(lines, rules, strict=True)
    ]
    return {
        "words": marshal.dumps(_by_first([(str(pattern), label) for pattern, label in scancode.PATTERNS])),
        "grammar": marshal.dumps((sorted(universe), grammar)),
    }


def _by_first(patterns: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what `_joined` makes of the patterns that may match a word, by its first character; `` is any other."""
    firsts = [first_characters(pattern) for pattern, _ in patterns]
    made: dict[tuple[int, ...], Any] = {}
    table = {}
    for character in ALL:
        numbers = tuple(number for number, first in enumerate(firsts) if character in first)
        if numbers not in made:
            made[numbers] = _joined([patterns[number] for number in numbers])
        table[character] = made[numbers]
    return {**table, "": _joined(patterns)}


def _joined(patterns: list[tuple[str, str]]) -> tuple[Any, dict[int, str]]:
    """Return one expression for all patterns, each a group, and the label of each group.

    An alternation that nothing follows takes the first alternative that matches, as trying them in order does;
    of the groups in it the outermost closes last, so `lastindex` names it.
    """
    if any(re.search(r"\\[1-9]|\(\?P", pattern) for pattern, _ in patterns):
        raise ValueError("a pattern refers to groups by number or name")
    labels, number = {}, 1
    for pattern, label in patterns:
        labels[number] = label
        number += 1 + re.compile(pattern).groups
    return keep("|".join(f"({EASED.get(pattern, pattern)})" for pattern, _ in patterns)), labels


def _satisfying(inner: str, universe: set[str]) -> frozenset[str]:
    expression = re.compile(f"(?:{inner.replace('.', '[^{}<>]')})")
    return frozenset(label for label in universe if expression.fullmatch(label))


def needed(pattern: str) -> list[str]:
    """Return expressions for labels, each of which some label satisfies wherever the pattern matches at all.

    Only what stands outside parentheses and alternatives, and may not be left out, is taken.
    """
    flat = re.sub(r"\s", "", pattern)
    if re.search(r"<[^<>]*\(", flat):
        return []
    outside, depth = [], 0
    for character in flat:
        depth += character == "("
        if depth == 0:
            outside.append(character)
        depth -= character == ")"
    text = "".join(outside)
    if "|" in re.sub(r"<[^<>]*>", "", text):
        return []
    return [
        label
        for label, times in _LABEL.findall(text)
        if times in ("", "+") or (times.startswith("{") and not times.startswith(("{0", "{,")))
    ]
