"""The license difference as findings: what got worse is for the gate, all other changes are to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from maxctl.core.facts.scan_license_difference import (
    LicenseChange,
    LicenseDifferenceFacts,
    Of,
    SlotDifference,
)
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.slot import Slot
from maxctl.licensing.license_codes import CLAIM, CONCLUDED, DATASET, FILE, OBLIGATION, TEXT, WORSE
from maxctl.policy.ruling import Ruling

_CODES: dict[Of, Code] = {
    "claim": CLAIM,
    "text": TEXT,
    "data set": DATASET,
    "base model": DATASET,
    "obligation": OBLIGATION,
    "file": FILE,
}
_MANY = {
    "claim": "claims",
    "text": "license texts",
    "data set": "data sets",
    "base model": "base models",
    "obligation": "obligations",
    "file": "files",
}
NAMED = 3


def findings(difference: LicenseDifferenceFacts, fail_on: Ruling) -> tuple[Finding, ...]:
    """Return the findings: an error for a slot that got worse, to what fails from `fail_on` on; else warnings.

    What is not allowed now and was not before either is no error: the gate is for what changed.
    """
    found = [_slot(slot, one, difference, fail_on) for slot, one in difference.slots.items() if not one.same]
    return (*found, *_changes(difference))


def _slot(slot: Slot, one: SlotDifference, difference: LicenseDifferenceFacts, fail_on: Ruling) -> Finding:
    because = " (the policy differs, too)" if difference.policy_changed else ""
    before = _told(one.verdict_before, one.concluded_before)
    after = _told(one.verdict_after, one.concluded_after)
    at_the_gate = one.worse and Ruling(one.verdict_after or "allow").rank >= fail_on.rank
    return Finding(
        (WORSE if one.worse else CONCLUDED).code,
        Severity.ERROR if at_the_gate else Severity.WARNING,
        slot.value,
        f"was {before} at {difference.before}, and is {after} now{because}",
        f"`maxctl scan-license` tells what the verdict on {slot.value} rests on; keep to {difference.before} until"
        " that is settled"
        if one.worse
        else f"look through what is said about {slot.value} in documents, notices and approvals",
    )


def _told(verdict: str | None, concluded: str | None) -> str:
    return f"{verdict} ({concluded or 'not stated'})" if verdict else "nothing to judge"


def _changes(difference: LicenseDifferenceFacts) -> Iterator[Finding]:
    """Yield one finding for changes that are the same but for where they stand: a new header in 800 files is one."""
    groups: dict[tuple[object, ...], list[LicenseChange]] = {}
    for change in difference.changes:
        own = change.name if change.of in ("data set", "base model", "obligation") else ""
        key = (change.of, change.slot, change.turn, change.before, change.after, own)
        groups.setdefault(key, []).append(change)
    for some in groups.values():
        yield _changed(some, difference.before)


def _changed(some: list[LicenseChange], before: str) -> Finding:
    first = some[0]
    names = ", ".join(change.name for change in some[:NAMED])
    rest = f" and {len(some) - NAMED} more" if len(some) > NAMED else ""
    what = first.of if len(some) == 1 else f"{len(some)} {_MANY[first.of]}"
    where = Place(first.name, first.line) if first.of in ("claim", "text", "file") else None
    return Finding(
        _CODES[first.of].code,
        # other words under the same license: most often a year
        Severity.NOTE if _only_words(first) else Severity.WARNING,
        first.slot.value if first.slot else "files",
        f"{what} {first.turn} since {before}: {names}{rest}{_licenses(first)}",
        "see whether the verdict, NOTICE and what was approved still hold",
        where if first.turn != "went" else None,
    )


def _only_words(change: LicenseChange) -> bool:
    return change.of == "text" and change.turn == "changed" and change.before == change.after


def _licenses(change: LicenseChange) -> str:
    if change.turn == "changed":
        if change.before == change.after:
            return f" ({change.after or 'no known license'}, in other words)"
        return f" ({change.before or 'nothing'} → {change.after or 'nothing'})"
    stated = change.after if change.turn == "came" else change.before
    return f" ({stated})" if stated else ""
