"""A limit that a sentence sets, in words that are in no list."""

from __future__ import annotations

from dataclasses import dataclass

from maxctl.policy.spdx import CONDITIONAL


@dataclass(frozen=True, slots=True)
class Limit:
    """Where the words stand that limit, from and to, and how they are to be read."""

    start: int
    end: int
    expression: str = CONDITIONAL
