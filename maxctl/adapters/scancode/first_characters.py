"""Which ASCII characters a text may begin with if an expression matches it; errs by naming too many."""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

ALL = frozenset(map(chr, range(128)))


def first_characters(pattern: str) -> frozenset[str]:
    """Return the characters; all of them where the expression may match nothing, or is not understood."""
    characters, empty = _sequence(_parser.parse(pattern, 0), 0)
    return ALL if empty else characters


def _sequence(parts: Any, flags: int) -> tuple[frozenset[str], bool]:
    """Return what a sequence may begin with, and whether it may match nothing."""
    found: frozenset[str] = frozenset()
    for operator, argument in parts:
        characters, empty = _part(operator, argument, flags)
        found |= characters
        if not empty:
            return found, False
    return found, True


def _part(operator: Any, argument: Any, flags: int) -> tuple[frozenset[str], bool]:
    match operator:
        case _constants.AT | _constants.ASSERT | _constants.ASSERT_NOT:
            return frozenset(), True  # looks, takes nothing
        case _constants.LITERAL | _constants.NOT_LITERAL | _constants.IN | _constants.ANY:
            return _single(operator, argument, flags), False
        case _constants.SUBPATTERN:
            _group, added, removed, inside = argument
            return _sequence(inside, (flags | added) & ~removed)
        case _constants.BRANCH:
            branches = [_sequence(branch, flags) for branch in argument[1]]
            return frozenset().union(*(found for found, _ in branches)), any(empty for _, empty in branches)
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT:
            least, _most, inside = argument
            found, empty = _sequence(inside, flags)
            return found, empty or least == 0
        case _:
            return ALL, True


def _single(operator: Any, argument: Any, flags: int) -> frozenset[str]:
    """Return the characters that one part matches, by asking `re`."""
    if operator is _constants.LITERAL and not flags & re.IGNORECASE:
        return frozenset(chr(argument)) & ALL
    state = _parser.State()
    state.flags = flags | re.UNICODE
    state.str = ""
    parsed = _parser.SubPattern(state, [(operator, argument)])
    expression = re._compiler.compile(parsed, flags | re.UNICODE)  # type: ignore[attr-defined]
    return frozenset(character for character in ALL if expression.match(character))
