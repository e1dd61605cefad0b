"""The evaluation of licenses: scan the trees, hear what they say, conclude for each slot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath

from maxctl.adapters.scancode import ScannedFile
from maxctl.core.slot import Slot
from maxctl.licensing import assembly, samples
from maxctl.licensing.assembly import Parts
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.said import Said
from maxctl.licensing.heard import Heard
from maxctl.licensing.trees import Tree
from maxctl.policy import training_data, verdict, waiving
from maxctl.policy.agpl import reach
from maxctl.policy.evidence import Base, Claim, Conclusion, NamedDataset, Reason, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.use import Use
from maxctl.policy.waivers import Waiver
from maxctl.policy.why import Why

Scan = Callable[[Tree], Sequence[ScannedFile]]
Hear = Callable[[Tree, Mapping[str, str]], Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class Question:
    """All that is to be judged: trees, and the spec's claims, samples and data sets."""

    use: Use
    trees: tuple[Tree, ...] = ()
    claims: Mapping[Slot, tuple[Claim, ...]] = field(default_factory=dict)
    samples: tuple[Subject, ...] = ()
    datasets: tuple[NamedDataset, ...] = ()
    bases: tuple[Base, ...] = ()
    weights: bool | None = None
    """Whether there are weights to judge; None: the trees tell."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict on a model, slot by slot, and every file that was scanned (path as told to people)."""

    use: Use
    ruling: Ruling
    slots: Mapping[Slot, Conclusion]
    files: tuple[tuple[str, Path, ScannedFile], ...]
    waivers: tuple[Waiver, ...] = ()
    """The waivers that changed something."""
    remarks: tuple[Reason, ...] = ()
    """What is to be said of waivers that are over or match nothing."""


def evaluate(
    question: Question, policy: Policy, known: Known, scan: Scan, hear: Hear, today: date
) -> Evaluation:
    """Return the verdict on what the question holds; `scan` and `hear` look into a tree.

    `today` decides which waivers count.
    """
    files: list[tuple[str, Path, ScannedFile]] = []
    told: list[tuple[Heard, Parts]] = []
    for tree in question.trees:
        scanned = {file.path: file for file in scan(tree)}
        files += [(tree.tell(path), tree.root / path, file) for path, file in scanned.items()]
        heard = Heard(tree, hear(tree, {path: file.sha256 for path, file in scanned.items()}), scanned)
        told.append((heard, assembly.parts(heard, known)))
    named = [spot for _, parts in told for spot in parts.weights_named]
    weights = bool(named) if question.weights is None else question.weights
    use = question.use
    slots = {
        Slot.CODE: verdict.conclude(Slot.CODE, _written(Slot.CODE, question, told), policy, use),
        Slot.SCRIPTS: verdict.conclude(Slot.SCRIPTS, _written(Slot.SCRIPTS, question, told), policy, use),
        Slot.SAMPLES: verdict.conclude(Slot.SAMPLES, _samples(question, told, known), policy, use),
    }
    code = slots[Slot.CODE].concluded
    hint = f"the code's license ({code}) does not cover them by itself" if code else ""
    judged = [_weights(question, told)] if weights else []
    slots[Slot.WEIGHTS] = verdict.conclude(Slot.WEIGHTS, judged, policy, use, hint)
    slots[Slot.WEIGHTS] = reach(slots[Slot.CODE], slots[Slot.WEIGHTS])
    slots[Slot.DATA] = training_data.conclude(
        [*question.datasets, *(d for _, parts in told for d in parts.datasets)],
        Subject(
            "the training data",
            (*question.claims.get(Slot.DATA, ()), *(c for _, p in told for c in p.claims[Slot.DATA])),
            tuple(d for _, p in told for d in p.detections[Slot.DATA]),
            failures=_failures(told, Slot.DATA),
        ),
        weights,
        known.datasets,
        policy,
        use,
    )
    first = _first_judged(slots)
    slots = {slot: _malformed(slots[slot], told) if slot is first else slots[slot] for slot in Slot}
    slots, used = waiving.apply(slots, policy, today)
    return Evaluation(
        use,
        verdict.combine(slots),
        slots,
        tuple(sorted(files, key=lambda f: f[0])),
        used,
        tuple(waiving.remarks(policy, used, today)),
    )


def _first_judged(slots: Mapping[Slot, Conclusion]) -> Slot:
    return next((slot for slot in (Slot.WEIGHTS, Slot.DATA, Slot.CODE) if not slots[slot].empty), Slot.CODE)


def _malformed(conclusion: Conclusion, told: Iterable[tuple[Heard, Parts]]) -> Conclusion:
    """Add what could not be read of what was meant to be read: a card whose front matter is broken."""
    reasons = tuple(
        Reason(
            Why.MALFORMED,
            Ruling.REVIEW,
            f"{spot}: {spot.text}",
            "read it yourself, and have its owner mend it",
            spot,
        )
        for _, parts in told
        for spot in parts.problems
    )
    if not reasons:
        return conclusion
    ruling = worst((conclusion.ruling, Ruling.REVIEW))
    return replace(conclusion, ruling=ruling, reasons=(*conclusion.reasons, *reasons), empty=False)


def _failures(told: Iterable[tuple[Heard, Parts]], slot: Slot) -> tuple[Spot, ...]:
    return tuple(spot for _, parts in told for of, spot in parts.failures if of is slot)


def _written(slot: Slot, question: Question, told: list[tuple[Heard, Parts]]) -> list[Subject]:
    """Return the subjects of code or scripts: one for each tree that has some, or that says something of them."""
    found: list[Subject] = []
    for heard, parts in told:
        present = heard.tree.slot is slot or (
            heard.tree.slot is None and (heard.has_code if slot is Slot.CODE else heard.has_scripts)
        )
        spoken = slot is Slot.CODE and any(_explicit(c, heard) for c in parts.claims[slot])
        alone = slot is Slot.CODE and heard.tree.slot is None and not _anything(told)
        if present or spoken or alone:
            found.append(
                Subject(
                    heard.tree.name or f"the {slot}",
                    tuple(parts.claims[slot]),
                    tuple(parts.detections[slot]),
                    parts.files[slot],
                    parts.noticed[slot],
                    tuple(spot for of, spot in parts.failures if of is slot),
                    tuple(parts.derived) if slot is Slot.CODE else (),
                    tuple(parts.excluded[slot]),
                    differences=tuple(parts.differences) if _tells_departures(heard, slot) else (),
                )
            )
    claims = question.claims.get(slot, ())
    if claims and not found:
        found.append(Subject(f"the {slot}"))
    several = len(found) > 1
    return [_with(s, _fitting(s, claims) if several else claims) for s in found]


def _tells_departures(heard: Heard, slot: Slot) -> bool:
    """Tell whether a tree's departures from the scanner are told with this slot."""
    if heard.tree.slot is Slot.SCRIPTS or slot is Slot.SCRIPTS:
        return heard.tree.slot is slot
    return slot is Slot.CODE or not heard.has_code


def _explicit(claim: Claim, heard: Heard) -> bool:
    """Tell whether a claim itself names the code, where the tree holds none."""
    return claim.confidence == "high" and heard.card is None and bool(heard.scanned)


def _anything(told: list[tuple[Heard, Parts]]) -> bool:
    """Tell whether the trees hold anything but documents."""
    return any(
        heard.has_code or heard.has_scripts or heard.card or parts.weights_named or parts.datasets
        for heard, parts in told
    )


def _samples(question: Question, told: list[tuple[Heard, Parts]], known: Known) -> list[Subject]:
    found = list(question.samples)
    for heard, parts in told:
        if heard.tree.slot in (None, Slot.SAMPLES):
            found += samples.subjects(heard, parts, known)
    claims = question.claims.get(Slot.SAMPLES, ())
    if claims:
        found.append(Subject("the samples", claims))
    failures = _failures(told, Slot.SAMPLES)
    return [*found, *([Subject("the samples", failures=failures)] if failures else [])]


def _weights(question: Question, told: list[tuple[Heard, Parts]]) -> Subject:
    claims = (*question.claims.get(Slot.WEIGHTS, ()), *(c for _, p in told for c in p.claims[Slot.WEIGHTS]))
    only = [str(path) for heard, _ in told for path in heard.weight_files]
    named = {claim.about.lower() for claim in claims if claim.about}
    singly = bool(named) and all(claim.about or claim.restricts for claim in claims)
    of_files = any(PurePosixPath(path).name.lower() in named for path in only)
    found = tuple(d for _, p in told for d in p.detections[Slot.WEIGHTS])
    silent = [
        Spot(heard.tree.tell(str(path)))
        for heard, _ in told
        for path in heard.weight_files
        if singly and of_files and not found and path.name.lower() not in named
    ]
    # code that loads other models matters as far as the weights are its own business
    return Subject(
        "the weights",
        claims,
        found,
        failures=_failures(told, Slot.WEIGHTS),
        silent=tuple(silent),
        excluded=tuple(spot for _, p in told for spot in p.excluded[Slot.WEIGHTS]),
        bases=(*question.bases, *(b for _, p in told for b in p.bases)),
        differences=tuple(
            d for heard, p in told for d in p.differences if _tells_departures(heard, Slot.WEIGHTS)
        ),
        checkpoints=len(only) != 1,
    )


def _fitting(subject: Subject, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims about one of several trees: those that its own package repeats, or all where none is."""
    every = tuple(claims)
    own = {c.reading.expression for c in subject.claims}
    return tuple(c for c in every if c.reading.expression in own) or every


def _with(subject: Subject, claims: tuple[Claim, ...]) -> Subject:
    return replace(subject, claims=(*claims, *subject.claims))
