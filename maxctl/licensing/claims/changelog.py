"""What a change log says of licenses: only what limits its own code or weights, and what nothing newer takes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from maxctl.core.slot import Slot
from maxctl.licensing.claims.asides import NARROW_NAME
from maxctl.licensing.claims.nouns import nouns
from maxctl.licensing.claims.said import Kind, Statement

_NAME = re.compile(r"^(?:change|history|news|release)", re.IGNORECASE)
_VERSION = re.compile(r"^\W*(?:version\s+|v)?(\d+(?:\.\d+)+)", re.IGNORECASE)
_LIMITED = (Slot.WEIGHTS, Slot.CODE)


def is_one(path: PurePosixPath) -> bool:
    """Tell whether a file is a change log, by its name."""
    return _NAME.match(path.stem) is not None


def still_true(statements: Sequence[Statement], headings: Sequence[str]) -> Iterator[Statement]:
    """Yield the limits of a change log that no newer entry lifts; `headings` are its headings in order.

    What an entry grants is not taken from here: a license is stated where the thing itself is described.
    """
    versions = [tuple(map(int, m[1].split("."))) for one in headings if (m := _VERSION.match(one))]
    oldest_first = len(versions) > 1 and versions[0] < versions[-1]
    lifted: set[Slot] = set()
    for one in reversed(statements) if oldest_first else statements:
        slots = {n.thing.slot for n in nouns(one.text) if n.thing.slot is not None}
        if _limits(one):
            kept = tuple(slot for slot in one.slots if slot in _LIMITED and slot not in lifted)
            if kept:
                yield one
        elif one.kind in (Kind.GRANT, Kind.ASIDE):
            lifted |= slots


def _limits(one: Statement) -> bool:
    if one.kind is Kind.GRANT:
        return NARROW_NAME.search(one.stated) is not None
    return one.kind in (Kind.RESTRICTION, Kind.EXCLUSION)
