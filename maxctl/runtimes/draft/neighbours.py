"""The operators beside a tensor of a graph, up to the first that does more than pass numbers on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from maxctl.runtimes.draft.facts import PASSING, plain

Name = TypeVar("Name", bound=Hashable)
FARTHEST = 12
"""Operators that are walked over: between an end and what makes it there are few, and graphs may have loops."""


def before(name: Name, makes: Mapping[Name, tuple[str, Sequence[Name]]]) -> list[str]:
    """Return the operators that a tensor comes from, the last first. `makes`: tensor -> operator and what it takes."""
    found: list[str] = []
    while name in makes and len(found) < FARTHEST:
        operator, taken = makes[name]
        found.append(operator)
        if plain(operator) not in PASSING or not taken:
            break
        name = taken[0]
    return found


def after(name: Name, takes: Mapping[Name, Sequence[tuple[str, Sequence[Name]]]]) -> list[str]:
    """Return the operators that take a tensor, the first first. `takes`: tensor -> operators and what each gives."""
    found: list[str] = []
    while takes.get(name) and len(found) < FARTHEST:
        operator, given = takes[name][0]
        found.append(operator)
        if plain(operator) not in PASSING or not given:
            break
        name = given[0]
    return found
