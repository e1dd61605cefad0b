"""scancode's spans, which are sets of positions, without the lists and copies in between."""

from __future__ import annotations

from typing import Any

from maxctl.adapters.scancode.installed import module


def install() -> None:
    """Replace the methods that cost most; each gives the value that scancode's own gives."""
    span = module("licensedcode.spans").Span
    intbitset = module("intbitset").intbitset
    first_init, first_contains = span.__init__, span.__contains__

    def init(self: Any, *arguments: Any) -> None:
        if len(arguments) == 1 and type(arguments[0]) in (range, intbitset):
            self._set = intbitset(arguments[0])
        else:
            first_init(self, *arguments)

    def contains(self: Any, other: Any) -> Any:
        if type(other) is int:
            return other in self._set
        return first_contains(self, other)

    span.__init__, span.__contains__ = init, contains
    span.overlap, span.distance_to = overlap, distance_to


def overlap(span: Any, other: Any) -> int:
    """`Span.overlap`: how many positions both have."""
    return len(span._set & other._set)


def distance_to(span: Any, other: Any) -> Any:
    """`Span.distance_to`: 0 where they overlap, else from the end of one to the start of the other.

    Where one ends before the other starts, they cannot overlap, and touching ones are 1 apart.
    """
    mine, others = span._set, other._set
    if mine and others:
        if mine[-1] < others[0]:
            return others[0] - mine[-1]
        if others[-1] < mine[0] or mine.isdisjoint(others):
            return mine[0] - others[-1]
        return 0
    return span.start - other.end  # raises what scancode raises for an empty span
