"""How the licenses of one state differ from those of another: what came, what went, and what got worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TypeVar

from maxctl.core.facts.scan_license import (
    LicenseBase,
    LicenseClaim,
    LicenseDataset,
    ScanLicenseFacts,
    SlotFacts,
)
from maxctl.core.facts.scan_license_difference import (
    LicenseChange,
    LicenseDifferenceFacts,
    Of,
    SlotDifference,
    Turn,
)
from maxctl.core.slot import Slot
from maxctl.licensing.trees import is_license
from maxctl.policy.ruling import Ruling

T = TypeVar("T")
_Known = tuple[str, str, str]
"""A data set or a base model: its name, what it is used for, and its terms as judged."""


@dataclass(frozen=True, slots=True)
class FileLicense:
    """A scanned file: its digest, and the SPDX expression of what was found in it, None for nothing."""

    path: str
    sha256: str
    licenses: str | None


@dataclass(frozen=True, slots=True)
class State:
    """One state of a thing, as judged; `files` is None where only a record of the verdict is there."""

    name: str
    facts: ScanLicenseFacts
    files: Sequence[FileLicense] | None = None


def between(before: State, after: State) -> LicenseDifferenceFacts:
    """Return what differs. Where a line stands, and in what order things do, is no difference."""
    then, now = before.facts, after.facts
    slots = {slot: _slot(then.slots.get(slot), now.slots.get(slot)) for slot in Slot}
    changes = list(_said(then, now))
    compared = before.files is not None and after.files is not None
    if before.files is not None and after.files is not None:
        changes += _files(before.files, after.files)
    return LicenseDifferenceFacts(
        before=before.name,
        after=after.name,
        use_case=now.use_case,
        verdict_before=then.verdict,
        verdict_after=now.verdict,
        policy_changed=then.policy != now.policy,
        slots=slots,
        changes=tuple(changes),
        files_compared=compared,
    )


def _slot(then: SlotFacts | None, now: SlotFacts | None) -> SlotDifference:
    old, new = (one if one is not None and not one.empty else None for one in (then, now))
    before, after = old.verdict if old else None, new.verdict if new else None
    worse = after is not None and Ruling(after).rank > (Ruling(before).rank if before else 0)
    return SlotDifference(
        verdict_before=before,
        verdict_after=after,
        concluded_before=old.concluded if old else None,
        concluded_after=new.concluded if new else None,
        worse=worse,
    )


def _said(then: ScanLicenseFacts, now: ScanLicenseFacts) -> Iterator[LicenseChange]:
    for slot in Slot:
        old, new = (one.slots.get(slot) for one in (then, now))
        yield from _claims(slot, old.claims if old else (), new.claims if new else ())
        yield from _terms("data set", slot, _datasets(old), _datasets(new))
        yield from _terms("base model", slot, _bases(old), _bases(new))
    duties = [{(duty.slot, duty.license, duty.text) for duty in one.obligations} for one in (then, now)]
    for slot, license_, text in sorted(duties[1] - duties[0]):
        yield LicenseChange(of="obligation", turn="came", name=text, slot=slot, after=license_)
    for slot, license_, text in sorted(duties[0] - duties[1]):
        yield LicenseChange(of="obligation", turn="went", name=text, slot=slot, before=license_)


def _claims(slot: Slot, then: Iterable[LicenseClaim], now: Iterable[LicenseClaim]) -> Iterator[LicenseChange]:
    """Compare by what is said; what is said anew in the same place, and in the same way, has changed."""
    gone, new = _unmatched(then, now, lambda claim: (*_place(claim), claim.stated, claim.expression))
    places = dict.fromkeys(map(_place, (*gone, *new)))
    for place in places:
        pairs = zip_longest(*([one for one in some if _place(one) == place] for some in (gone, new)))
        for old, fresh in pairs:
            shown = fresh or old
            yield LicenseChange(
                of="claim",
                turn="changed" if old and fresh else "came" if fresh else "went",
                name=shown.path,
                slot=slot,
                line=shown.line,
                before=(old.expression or old.stated) if old else None,
                after=(fresh.expression or fresh.stated) if fresh else None,
            )


def _place(claim: LicenseClaim) -> tuple[str, str, str]:
    return claim.path, claim.found, claim.about or ""


def _terms(of: Of, slot: Slot, then: Iterable[_Known], now: Iterable[_Known]) -> Iterator[LicenseChange]:
    """Compare things that have terms, by name and by how they are used."""
    old, new = ({one[:2]: one[2] for one in some} for some in (then, now))
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield LicenseChange(
                of=of, turn=_turn(key, old, new), name=key[0], slot=slot, before=before, after=after
            )


def _datasets(slot: SlotFacts | None) -> list[_Known]:
    return [(one.id, one.use, _judged(one)) for one in (slot.datasets if slot else ())]


def _bases(slot: SlotFacts | None) -> list[_Known]:
    return [(one.name, one.relation, _judged(one)) for one in (slot.base_models if slot else ())]


def _judged(thing: LicenseDataset | LicenseBase) -> str:
    return f"{thing.license or 'not stated'} ({thing.verdict})"


def _files(then: Iterable[FileLicense], now: Iterable[FileLicense]) -> Iterator[LicenseChange]:
    """Tell of license texts that differ at all, and of other files whose license does."""
    old, new = ({file.path: file for file in some} for some in (then, now))
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        expressions = before.licenses if before else None, after.licenses if after else None
        of: Of = "text" if is_license(PurePosixPath(path)) else "file"
        same_bytes = before is not None and after is not None and before.sha256 == after.sha256
        if expressions[0] == expressions[1] and (of == "file" or same_bytes):
            continue
        yield LicenseChange(
            of=of, turn=_turn(path, old, new), name=path, before=expressions[0], after=expressions[1]
        )


def _turn(key: T, old: Mapping[T, object], new: Mapping[T, object]) -> Turn:
    return "came" if key not in old else "went" if key not in new else "changed"


def _unmatched(then: Iterable[T], now: Iterable[T], key: Callable[[T], object]) -> tuple[list[T], list[T]]:
    """Return what stands in the one and not in the other, as often as it does."""
    before, after = list(then), list(now)
    spare = Counter(map(key, after)), Counter(map(key, before))
    return _beyond(before, spare[0], key), _beyond(after, spare[1], key)


def _beyond(some: Iterable[T], others: Counter[object], key: Callable[[T], object]) -> list[T]:
    left = []
    for one in some:
        if others[key(one)]:
            others[key(one)] -= 1
        else:
            left.append(one)
    return left
