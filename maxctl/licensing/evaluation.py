"""The evaluation of licenses: scan the trees, read the claims, conclude for each slot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maxctl.adapters import scancode
from maxctl.adapters.scancode import ScannedFile
from maxctl.core.progress import Progress
from maxctl.core.spec import Dataset, Slot
from maxctl.licensing import package_metadata
from maxctl.licensing.trees import SOURCE, Tree, is_license, speaks_of_weights
from maxctl.policy import spdx, training_data, verdict
from maxctl.policy.datasets import Datasets
from maxctl.policy.evidence import Claim, Conclusion, Detection, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling

MIN_SCORE = 50.0
"""Below this scancode guesses: a table row `Apache 2.0 | LICENSE` reads as Apache-2.0 OR LGPL-3.0, score 15."""
Scan = Callable[[Tree], Sequence[ScannedFile]]


@dataclass(frozen=True, slots=True)
class Question:
    """All that is to be judged: trees to scan, claims by slot, things without a tree, named data sets."""

    use_case: str
    trees: tuple[Tree, ...] = ()
    claims: Mapping[Slot, tuple[Claim, ...]] = field(default_factory=dict)
    samples: tuple[Subject, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    weights: bool = True
    """Whether there are weights to judge."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict on a model, slot by slot, and every file that was scanned (path as told to people)."""

    use_case: str
    ruling: Ruling
    slots: Mapping[Slot, Conclusion]
    files: tuple[tuple[str, Path, ScannedFile], ...]


def evaluate(question: Question, policy: Policy, datasets: Datasets, scan: Scan) -> Evaluation:
    """Return the verdict on what the question holds; `scan` looks into a tree."""
    files: list[tuple[str, Path, ScannedFile]] = []
    subjects: dict[Slot, list[Subject]] = {slot: [] for slot in Slot}
    of_weights: list[Detection] = []
    for tree in question.trees:
        scanned = scan(tree)
        files += [(tree.tell(file.path), tree.root / file.path, file) for file in scanned]
        subject, about_weights = _subject(tree, scanned, policy)
        of_weights += about_weights
        subjects[tree.slot].append(subject)
    _add_claims(question, subjects, of_weights)
    use_case = question.use_case
    slots = {
        slot: verdict.conclude(slot, subjects[slot], policy, use_case)
        for slot in (Slot.CODE, Slot.SCRIPTS, Slot.SAMPLES)
    }
    code = slots[Slot.CODE].concluded
    hint = f"the code's license ({code}) does not cover them by itself" if code else ""
    slots[Slot.WEIGHTS] = verdict.conclude(Slot.WEIGHTS, subjects[Slot.WEIGHTS], policy, use_case, hint)
    about_data = Subject("the training data", question.claims.get(Slot.DATA, ()))
    slots[Slot.DATA] = training_data.conclude(
        question.datasets, about_data, question.weights, datasets, policy, use_case
    )
    ordered = {slot: slots[slot] for slot in Slot}
    return Evaluation(use_case, verdict.combine(ordered), ordered, tuple(sorted(files, key=lambda f: f[0])))


def _add_claims(question: Question, subjects: dict[Slot, list[Subject]], of_weights: list[Detection]) -> None:
    """Give the spec's claims to what they speak of: in code and scripts to each tree, else to the slot."""
    for slot in (Slot.CODE, Slot.SCRIPTS):
        claims = question.claims.get(slot, ())
        if claims and not subjects[slot]:
            subjects[slot].append(Subject(f"the {slot}"))
        several = len(subjects[slot]) > 1
        subjects[slot] = [_with(s, _fitting(s, claims) if several else claims) for s in subjects[slot]]
    if question.weights:
        trees = subjects[Slot.WEIGHTS]
        subjects[Slot.WEIGHTS] = [
            Subject(
                "the weights",
                question.claims.get(Slot.WEIGHTS, ()),
                tuple(d for tree in trees for d in tree.detections) + tuple(of_weights),
                failures=tuple(spot for tree in trees for spot in tree.failures),
            )
        ]
    subjects[Slot.SAMPLES] += question.samples
    claims = question.claims.get(Slot.SAMPLES, ())
    if claims:
        subjects[Slot.SAMPLES].append(Subject("the samples", claims))


def _fitting(subject: Subject, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims about one of several trees: those that its own package repeats, or all where none is."""
    every = tuple(claims)
    own = {c.reading.expression for c in subject.claims}
    return tuple(c for c in every if c.reading.expression in own) or every


def _with(subject: Subject, claims: tuple[Claim, ...]) -> Subject:
    return Subject(
        subject.name,
        (*claims, *subject.claims),
        subject.detections,
        subject.files,
        subject.noticed,
        subject.failures,
    )


def _subject(tree: Tree, scanned: Sequence[ScannedFile], policy: Policy) -> tuple[Subject, list[Detection]]:
    claims: list[Claim] = []
    for path in tree.files:
        relative = PurePosixPath(path.relative_to(tree.root).as_posix())
        if package_metadata.is_own(relative, tree.roots):
            for stated, line, how in package_metadata.statements(path):
                reading = spdx.read(stated, policy.catalog, policy.knowledge.tags)
                claims.append(Claim(reading, Spot(tree.tell(str(relative)), line, stated), how))
    taken = {(claim.spot.path, claim.spot.line) for claim in claims}
    detections: list[Detection] = []
    about_weights: list[Detection] = []
    failures = list(tree.failures)
    source = noticed = 0
    for file in scanned:
        inside = PurePosixPath(file.path)
        told = tree.tell(file.path)
        failures += [
            Spot(told, text=error.strip().splitlines()[-1]) for error in file.errors if error.strip()
        ]
        kept = [
            found
            for found in file.found
            if found.score >= MIN_SCORE
            and not any((told, n) in taken for n in range(found.start, found.end + 1))
        ]
        if inside.suffix.lower() in SOURCE:
            source += 1
            noticed += bool(kept)
        for_weights = speaks_of_weights(inside)
        folder = "" if str(inside.parent) == "." else str(inside.parent)
        principal = folder in tree.roots and is_license(inside)
        for found in kept:
            spot = Spot(told, found.start, found.text.strip())
            target = about_weights if for_weights else detections
            target.append(Detection(found.expression, spot, found.score, principal or for_weights))
    if tree.slot is Slot.WEIGHTS:
        detections, about_weights = [*detections, *about_weights], []
    return Subject(
        tree.name, tuple(claims), tuple(detections), source, noticed, tuple(failures)
    ), about_weights


def scanner(cache: Path, progress: Progress, jobs: int) -> Scan:
    """Return a function that has scancode look into a tree."""

    def scan(tree: Tree) -> Sequence[ScannedFile]:
        return scancode.scan(tree.root, tree.files, cache, progress, jobs=jobs, label=tree.name)

    return scan


def scanner_of_whole(folder: Path, trees: Sequence[Tree], cache: Path, progress: Progress, jobs: int) -> Scan:
    """Return a function that tells of each tree what one run of scancode over all of them found."""
    every = {path for tree in trees for path in tree.files}
    scanned = scancode.scan(folder, every, cache, progress, jobs=jobs, label=folder.name or "the folder")

    def scan(tree: Tree) -> Sequence[ScannedFile]:
        wanted = {path.relative_to(folder).as_posix() for path in tree.files}
        return [file for file in scanned if file.path in wanted]

    return scan
