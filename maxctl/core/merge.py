"""Join the manifests of parallel jobs into one, by step id.

A record *could hold* while everything in its key but its needs is as it is today, it is not unavailable, and its
time is not over. It *holds* when, besides, what it needs holds with the results that its key names.

- Equal key and result in several manifests are one record; of several `made_by` the least in order is kept.
- Of different records the one that holds wins, passed or failed. Two that hold are a conflict: the same key
  gave two results, or a step that no pipeline describes was made with two sets of options.
- Where none holds but several could, nothing is dropped on suspicion: that is a conflict, too, an open one.
- Where none can hold any more, the one with the least digest is kept: it has to be made anew anyhow.

So a record is dropped only where another one holds, or where it can hold no more. Outputs are not looked at: the job
that joins may not have them, and two results for one key are a fault, whichever of them was unpacked last. A
tool that is missing here proves nothing stale. In whatever order or grouping manifests are joined, the result is
the same, or refused.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from maxctl.core import digest
from maxctl.core.manifest import SCHEMA_VERSION, Manifest, StepRecord

HangsOn = Callable[[str, StepRecord], Collection[str] | None]
"""Returns the steps that a record hangs on today, or None where it can hold no more, whatever they say."""


@dataclass(frozen=True, slots=True)
class Part:
    """A manifest that is joined, under the name that the user gave it."""

    name: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a step, and the manifests that hold it."""

    files: tuple[str, ...]
    record: StepRecord


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two records of a step differ: the part of key or result, and what in it."""

    part: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two results of a step of which none may be dropped; `waits_for` are needs that decide it once they hold."""

    step: str
    sides: tuple[Side, ...]
    differs: tuple[Difference, ...]
    waits_for: tuple[str, ...] = ()
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Joined:
    """The joined manifest, with where each step came from and what was dropped; or the conflicts, and no steps."""

    manifest: Manifest
    chosen: dict[str, Side]
    dropped: dict[str, tuple[Side, ...]]
    conflicts: tuple[Conflict, ...] = ()


def join(parts: Sequence[Part], hangs_on: HangsOn, order: Sequence[str] = ()) -> Joined:
    """Return the manifests of one model as one; its steps stand in `order`, others behind what they need.

    Raises `ValueError` without parts, or with parts of several models.
    """
    models = {part.manifest.model for part in parts}
    if len(models) != 1:
        raise ValueError(f"manifests of one model are joined, not of {sorted(models)}")
    found = {
        step: _sides(step, parts) for step in sorted({step for part in parts for step in part.manifest.steps})
    }
    live = {
        step: [side for side in sides if _could_hold(step, side, hangs_on)] for step, sides in found.items()
    }
    needs = {step: {need for side in sides for need in side.record.key.needs} for step, sides in live.items()}
    held: dict[str, str] = {}
    unsettled: set[str] = set()
    chosen: dict[str, Side] = {}
    conflicts = []
    for step in _in_order(needs, order):
        holding = [side for side in live[step] if side.record.key.needs.items() <= held.items()]
        if len(holding) == 1 or len(found[step]) == 1:
            chosen[step] = (holding or found[step])[0]
            if holding:
                held[step] = holding[0].record.result.digest()
        elif len(live[step]) > 1:
            waits_for = tuple(sorted(needs[step] - held.keys()))
            if not unsettled & needs[step]:  # else settling those may settle this
                conflicts.append(
                    Conflict(step, tuple(live[step]), _differences(live[step]), waits_for, bool(holding))
                )
            unsettled.add(step)
        else:
            chosen[step] = (live[step] or found[step])[0]
    if conflicts:
        chosen = {}
    steps = _in_order({step: set(side.record.key.needs) for step, side in chosen.items()}, order)
    records = {step: chosen[step].record for step in steps}
    dropped = {step: tuple(side for side in found[step] if side is not chosen[step]) for step in steps}
    whole = Manifest(schema_version=SCHEMA_VERSION, model=models.pop(), steps=records)
    return Joined(whole, {step: chosen[step] for step in steps}, dropped, tuple(conflicts))


def _sides(step: str, parts: Sequence[Part]) -> list[Side]:
    """Return the different records of a step, by their digests."""
    same: dict[str, list[tuple[str, StepRecord]]] = {}
    for part in parts:
        record = part.manifest.steps.get(step)
        if record is not None:
            fingerprint = digest.of_value(record.model_dump(mode="json", exclude={"made_by"}))
            same.setdefault(fingerprint, []).append((part.name, record))
    return [
        Side(
            tuple(name for name, _ in equal),
            min(
                (record for _, record in equal),
                key=lambda record: tuple(record.made_by.model_dump().values()),
            ),
        )
        for _, equal in sorted(same.items())
    ]


def _could_hold(step: str, side: Side, hangs_on: HangsOn) -> bool:
    needs = hangs_on(step, side.record)
    return needs is not None and set(needs) == set(side.record.key.needs)


def _in_order(needs: Mapping[str, Collection[str]], order: Sequence[str]) -> list[str]:
    """Return the steps so that each stands behind what it needs, else in the given order, else by name."""
    place = {step: index for index, step in enumerate(order)}
    waits = {
        step: {need for need in wanted if need in needs and need != step} for step, wanted in needs.items()
    }
    wanted_by: dict[str, list[str]] = {}
    for step, wanted in waits.items():
        for need in wanted:
            wanted_by.setdefault(need, []).append(step)
    ready = [(place.get(step, len(place)), step) for step in waits if not waits[step]]
    heapq.heapify(ready)
    sorted_steps: list[str] = []
    while waits:
        if not ready:  # records that need one another in a circle; none of them can hold
            ready = [min((place.get(step, len(place)), step) for step in waits)]
        _, step = heapq.heappop(ready)
        del waits[step]
        sorted_steps.append(step)
        for other in wanted_by.get(step, ()):
            if waits.get(other):
                waits[other].discard(step)
                if not waits[other]:
                    heapq.heappush(ready, (place.get(other, len(place)), other))
    return sorted_steps


def _differences(sides: Sequence[Side]) -> tuple[Difference, ...]:
    """Return all in which any two of the records differ."""
    first, *others = (side.record for side in sides)
    return tuple(dict.fromkeys(difference for other in others for difference in _between(first, other)))


def _between(one: StepRecord, other: StepRecord) -> Iterator[Difference]:
    if one.stage != other.stage:
        yield Difference("stage", f"{one.stage} or {other.stage}")
    for part in ("spec", "files", "options", "version"):
        if getattr(one.key, part) != getattr(other.key, part):
            yield Difference(f"key.{part}")
    yield from _entries("key.tools", one.key.tools, other.key.tools)
    yield from _entries("key.needs", one.key.needs, other.key.needs)
    for part in ("verdict", "skip", "reason", "valid_until"):
        values = [getattr(record.result, part) for record in (one, other)]
        if values[0] != values[1]:
            yield Difference(f"result.{part}", " or ".join("none" if v is None else str(v) for v in values))
    findings = [
        {(f.code, f.subject, f.message): f for f in record.result.findings} for record in (one, other)
    ]
    for code, subject, _ in sorted(findings[0].keys() ^ findings[1].keys()):
        yield Difference("result.findings", f"{code} {subject}")
    if findings[0].keys() == findings[1].keys() and one.result.findings != other.result.findings:
        yield Difference("result.findings", "their order, severity, remedy or place")
    yield from _entries("result.facts", one.result.facts, other.result.facts)
    outputs = [{output.path: output.sha256 for output in record.result.outputs} for record in (one, other)]
    yield from _entries("result.outputs", *outputs)


def _entries(part: str, one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[Difference]:
    for name in sorted({*one, *other}):
        if (name in one, one.get(name)) != (name in other, other.get(name)):
            yield Difference(part, name)
