"""What may be done under a license: allow, review or deny, and how several of them combine."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Ruling(StrEnum):
    """From best to worst; `review` asks a person."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"

    @property
    def rank(self) -> int:
        """0 for allow, 1 for review, 2 for deny."""
        return _ORDER.index(self)


_ORDER = (Ruling.ALLOW, Ruling.REVIEW, Ruling.DENY)


def worst(rulings: Iterable[Ruling]) -> Ruling:
    """Return the strictest; of none at all, `allow`: the caller decides what silence means."""
    return max(rulings, key=lambda ruling: ruling.rank, default=Ruling.ALLOW)


def best(rulings: Iterable[Ruling]) -> Ruling:
    """Return the most lenient; raises `ValueError` when there is none."""
    return min(rulings, key=lambda ruling: ruling.rank)
