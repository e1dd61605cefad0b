"""From what files say and what the scanner found to the subjects that the policy judges.

The detected layer stays the scanner's. Where a document's own words tell what a detection is (a sentence about the
weights, a row about others' work, a list of words), the conclusion follows the words, and says so as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from maxctl.adapters.scancode import Found, ScannedFile
from maxctl.core.slot import Slot
from maxctl.licensing import altered_files, trees
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.said import NOT_HERE, Kind, Role, Said, Statement
from maxctl.licensing.heard import Heard
from maxctl.licensing.trees import SOURCE, folder_of
from maxctl.policy import spdx
from maxctl.policy.evidence import Base, Claim, Detection, Difference, NamedDataset, Spot
from maxctl.policy.spdx import Reading

_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|;|%|<!--)")
_TESTS = re.compile(r"tests?|testing|test[-_]?data|__tests__|fixtures?", re.IGNORECASE)
_OF_THE_FILE = re.compile(r"\s*(?:[rbu]{0,2}(?:\"{3}|'{3})|__licen[cs]e)", re.IGNORECASE)
"""What a string begins with that speaks of its file."""
_TEST_NAME = re.compile(r"^test_|_test\.\w+$|\.(?:test|spec)\.\w+$|^conftest\.py$", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"readme|notice|copy|terms|credits?|attribution|about|sources?|model|data[-_]?card", re.IGNORECASE
)
"""Names of documents that speak of what stands beside them."""
VAGUE = "LicenseRef-scancode-proprietary-license"
MIN_SCORE = 50.0
"""Below this scancode guesses: a table row `Apache 2.0 | LICENSE` reads as Apache-2.0 OR LGPL-3.0, score 15."""


@dataclass
class Parts:
    """What one tree gives to each slot."""

    claims: dict[Slot, list[Claim]] = field(default_factory=lambda: {slot: [] for slot in Slot})
    detections: dict[Slot, list[Detection]] = field(default_factory=lambda: {slot: [] for slot in Slot})
    derived: list[Claim] = field(default_factory=list)
    excluded: dict[Slot, list[Spot]] = field(default_factory=lambda: {slot: [] for slot in Slot})
    differences: list[Difference] = field(default_factory=list)
    failures: list[tuple[Slot, Spot]] = field(default_factory=list)
    problems: list[Spot] = field(default_factory=list)
    datasets: list[NamedDataset] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    files: dict[Slot, int] = field(default_factory=lambda: dict.fromkeys(Slot, 0))
    noticed: dict[Slot, int] = field(default_factory=lambda: dict.fromkeys(Slot, 0))
    weights_named: list[Spot] = field(default_factory=list)
    """Where the tree speaks of weights, or holds them."""


def parts(heard: Heard, known: Known) -> Parts:
    """Return what a tree gives to each slot."""
    told = Parts()
    for path in heard.paths:
        inside = str(path)
        said = heard.said.get(inside, Said())
        _statements(heard, inside, said, known, told)
        _mentions(heard, inside, said, known, told)
        scanned = heard.scanned.get(inside)
        if scanned is not None:
            _detections(heard, path, said, scanned, told)
            _own_words(heard, path, scanned, known, told)
        if trees.is_weights(path):
            # what else is wrong with a file of weights, the health check tells
            absent = [problem for _, problem in said.problems if problem == NOT_HERE]
            told.failures += [
                (heard.tree.slot_of(path), Spot(heard.tree.tell(inside), text=p)) for p in absent
            ]
        else:
            told.problems += [Spot(heard.tree.tell(inside), line, problem) for line, problem in said.problems]
    told.weights_named += [Spot(heard.tree.tell(str(path)), None, path.name) for path in heard.weight_files]
    told.weights_named += [d.spot for d in told.detections[Slot.WEIGHTS] if d.principal]
    told.failures += [(_slot_of_failure(heard, spot), spot) for spot in heard.tree.failures]
    _settle_lists(told)
    _reach_weights(told)
    return told


def _own_words(heard: Heard, path: PurePosixPath, scanned: ScannedFile, known: Known, told: Parts) -> None:
    """Let what a license file says beside its license count for what the file counts for."""
    found = altered_files.of_file(heard, path, scanned, known)
    if not found:
        return
    shown = heard.tree.tell(str(path))
    for slot in _slots_of_file(heard, path):
        told.claims[slot] += altered_files.claims(found, shown, scanned)
    _statements(heard, str(path), altered_files.said(found, known), known, told)


def _reach_weights(told: Parts) -> None:
    """Let what the code's license file says beside its license count for weights that are under it, too."""
    mine = told.claims[Slot.WEIGHTS]
    mine += [
        claim
        for claim in told.claims[Slot.CODE]
        if claim.beyond is not None and claim not in mine and altered_files.reaches_weights(claim, mine)
    ]


def _settle_lists(told: Parts) -> None:
    """Let a sentence that says how the licenses of a card's list go together stand for the list."""
    for slot, claims in told.claims.items():
        listed = [c for c in claims if c.how == "front matter license"]
        if len(listed) < 2:
            continue
        union = frozenset().union(*(spdx.stems(c.reading.expression) for c in listed if c.reading.expression))
        whole = [
            c
            for c in claims
            if c not in listed and c.reading.expression and spdx.stems(c.reading.expression) == union
        ]
        if whole and len(union) > 1:
            told.claims[slot] = [c for c in claims if c not in listed]


def _slot_of_failure(heard: Heard, spot: Spot) -> Slot:
    prefix = f"{heard.tree.shown}/" if heard.tree.shown else ""
    return heard.tree.slot_of(PurePosixPath(spot.path.removeprefix(prefix)))


def read(statement: Statement, known: Known) -> Reading:
    """Return what the words of a statement mean."""
    if statement.expression is not None:
        return Reading(statement.stated, spdx.Kind.STATED, statement.expression)
    return spdx.read(statement.stated, known.catalog, known.licenses.tags)


def _statements(heard: Heard, path: str, said: Said, known: Known, told: Parts) -> None:
    for statement in said.statements:
        spot = Spot(heard.tree.tell(path), statement.line, statement.text)
        if statement.kind is Kind.ASIDE:
            continue
        if statement.kind is Kind.EXCLUSION:
            for slot in statement.slots:
                told.excluded[slot].append(spot)
                if slot is Slot.WEIGHTS:
                    told.weights_named.append(spot)
            continue
        about = statement.about
        if about is None and _among_samples(heard, path):
            about = _sample_named(heard, path, statement.text)
        claim = Claim(
            read(statement, known),
            spot,
            statement.how,
            confidence=statement.confidence,
            about=about,
            restricts=statement.kind is Kind.RESTRICTION,
        )
        if statement.kind is Kind.FOREIGN:
            told.derived.append(claim)
            continue
        excluded = {
            slot
            for s in said.statements
            if s.kind is Kind.EXCLUSION and s.line == statement.line
            for slot in s.slots
        }
        for slot in _slots(heard, path, statement):
            if not statement.slots and slot in excluded:
                continue  # `the code, but not the weights, is MIT`
            told.claims[slot].append(claim)
            if slot is Slot.WEIGHTS:
                told.weights_named.append(spot)


def _sample_named(heard: Heard, path: str, text: str) -> str | None:
    """Return the sample beside a document whose name stands on a line of it."""
    folder = folder_of(PurePosixPath(path))
    names = [p.name for p in heard.paths if folder_of(p) == folder and trees.is_sample(p)]
    return next((name for name in names if name in text), None)


def _slots(heard: Heard, path: str, statement: Statement) -> tuple[Slot, ...]:
    """Return the slots that a statement counts for: those that it names, else what its file stands for."""
    named = statement.slots
    if _among_samples(heard, path):
        return (Slot.SAMPLES,)
    if heard.tree.slot is not None:
        return _declared(heard.tree.slot, statement)
    if heard.foreign(path):
        return ()
    if (
        heard.beside_weights_only(path)
        and not heard.card
        and (not named or named == (Slot.CODE,))
        and not heard.has_code
    ):
        return (Slot.WEIGHTS,)
    if not heard.at_root(path) and not _general(path) and not heard.is_metadata(PurePosixPath(path)):
        # a document further down speaks of its own folder
        if heard.beside_weights_only(path) and not named:
            return (Slot.WEIGHTS,)
        return tuple(slot for slot in named if slot not in (Slot.CODE, Slot.SCRIPTS))
    if named:
        return (*named, Slot.SCRIPTS) if Slot.CODE in named and Slot.SCRIPTS not in named else named
    if heard.card == "dataset":
        return (Slot.DATA,)
    if heard.card == "model":
        return (Slot.WEIGHTS, Slot.CODE, Slot.SCRIPTS)
    if statement.kind is Kind.RESTRICTION:
        return (Slot.CODE, Slot.SCRIPTS, Slot.WEIGHTS)
    return (Slot.CODE, Slot.SCRIPTS)


def _declared(slot: Slot, statement: Statement) -> tuple[Slot, ...]:
    """Return the slots of a statement in a tree whose slot the spec declares: its code is that slot."""
    if not statement.slots:
        both = statement.kind is Kind.RESTRICTION and slot is Slot.CODE
        return (slot, Slot.WEIGHTS) if both else (slot,)
    return tuple(dict.fromkeys(slot if s in (Slot.CODE, Slot.SCRIPTS) else s for s in statement.slots))


def _among_samples(heard: Heard, path: str) -> bool:
    """Tell whether a document stands in a folder of samples, so that it speaks of them."""
    return heard.tree.slot is None and _is_samples_own(heard, PurePosixPath(path))


def _general(path: str) -> bool:
    """Tell whether a document below the root still speaks of the whole: `docs/license.md`."""
    parent = PurePosixPath(path).parent
    return str(parent) in ("docs", "doc", ".github")


def _mentions(heard: Heard, path: str, said: Said, known: Known, told: Parts) -> None:
    if heard.foreign(path):
        return
    for mention in said.data:
        spot = Spot(heard.tree.tell(path), mention.line, mention.text)
        role = "training" if mention.role is Role.TRAINING else mention.role.value
        told.datasets.append(NamedDataset(mention.known or mention.name, role, spot, mention.how))
    for base in said.bases:
        entry = known.base_models.find(base.known or base.name)
        stated = spdx.read(base.license, known.catalog, known.licenses.tags) if base.license else None
        spot = Spot(heard.tree.tell(path), base.line, base.text)
        told.bases.append(
            Base(
                base.name,
                entry.id if entry else None,
                stated.expression if stated and stated.expression else entry.license if entry else None,
                base.relation,
                spot,
                entry.source if entry else None,
                entry.evidence if entry else None,
            )
        )
        told.weights_named.append(spot)
    told.weights_named += [Spot(heard.tree.tell(path), line, text) for line, text in said.weights]
    if said.card == "model":
        told.weights_named.append(Spot(heard.tree.tell(path), 1, "a model card"))


def _detections(heard: Heard, path: PurePosixPath, said: Said, scanned: ScannedFile, told: Parts) -> None:
    inside = str(path)
    shown = heard.tree.tell(inside)
    slots = _slots_of_file(heard, path)
    slot = slots[0]
    told.failures += [
        (slot, Spot(shown, text=error.strip().splitlines()[-1])) for error in scanned.errors if error.strip()
    ]
    reason = trees.counts(path)
    kept: list[Found] = []
    for found in scanned.found:
        spot = Spot(shown, found.start, found.text.strip())
        if reason is not None:
            told.differences.append(Difference(spot, found.expression, None, reason))
            continue
        covering = [s for s in said.statements if found.start <= s.line <= found.end]
        if (said.prose or trees.is_weights(path)) and covering:
            _explain(covering, found, spot, told)
        elif _is_read_by_tests(path):
            why = "a text that tests read says nothing of the code"
            told.differences.append(Difference(spot, found.expression, None, why))
        elif _is_a_string(heard, path, found):
            why = "words of the program, not about it"
            told.differences.append(Difference(spot, found.expression, None, why))
        elif _is_example(said, found):
            told.differences.append(Difference(spot, found.expression, None, "words in an example of use"))
        elif found.score < MIN_SCORE:
            told.differences.append(
                Difference(spot, found.expression, None, f"a guess of the scanner, score {found.score:g}")
            )
        elif not covering:
            kept.append(found)
    if path.suffix.lower() in SOURCE:
        for one in slots:
            told.files[one] += 1
            told.noticed[one] += bool(kept)
    principal = trees.is_license(path) and _principal(heard, path)
    for found in kept:
        spot = Spot(shown, found.start, found.text.strip())
        for one in slots:
            told.detections[one].append(Detection(found.expression, spot, found.score, principal, found.end))


def _is_a_string(heard: Heard, path: PurePosixPath, found: Found) -> bool:
    """Tell whether words stand in a string of code: any of a test, elsewhere the scanner's id for `non-commercial`."""
    if path.suffix.lower() not in SOURCE or path.suffix == ".ipynb":
        return False
    if spdx.ids(found.expression) != (VAGUE,) and not _is_test(path):
        return False
    lines = (heard.tree.root / path).read_bytes().decode("utf-8", "replace").splitlines()
    here = lines[found.start - 1 : found.end]
    quoted = all(re.search(r"[\"'`].{4,}[\"'`]", line) for line in here)
    return (
        bool(here) and quoted and not any(_COMMENT.match(line) or _OF_THE_FILE.match(line) for line in here)
    )


def _is_test(path: PurePosixPath) -> bool:
    """Tell whether a file is a test, or stands among tests."""
    return any(_TESTS.fullmatch(part) for part in path.parts[:-1]) or _TEST_NAME.search(path.name) is not None


def _is_read_by_tests(path: PurePosixPath) -> bool:
    """Tell whether a file is one of those that tests read: neither code nor a document about something."""
    among = any(_TESTS.fullmatch(part) for part in path.parts[:-1])
    text = path.suffix.lower() in (
        ".txt",
        ".md",
        ".rst",
        ".json",
        ".csv",
        ".html",
        ".xml",
        ".yaml",
        ".yml",
        ".toml",
    )
    return among and text and not (trees.is_license(path) or _DOCUMENT.match(path.name))


def _is_example(said: Said, found: Found) -> bool:
    """Tell whether the scanner's id for any `non-commercial` stands in a block that shows how to run something."""
    vague = spdx.ids(found.expression) == (VAGUE,)
    return vague and any(first <= found.start and found.end <= last for first, last in said.examples)


def _explain(covering: Iterable[Statement], found: Found, spot: Spot, told: Parts) -> None:
    """Say how the words on the lines of a detection read, where that is not what the scanner made of them."""
    words = list(covering)
    telling = [s for s in words if s.kind in (Kind.GRANT, Kind.RESTRICTION)]
    read_as = " AND ".join(dict.fromkeys(s.expression or s.stated for s in telling))
    about = {s.kind for s in words}
    if read_as.lower() == found.expression.lower() and about == {Kind.GRANT}:
        return
    why = "the line says what it speaks of in its own words"
    if about <= {Kind.FOREIGN, Kind.ASIDE}:
        why = "the line speaks of others' work, of the past, or asks"
    told.differences.append(Difference(spot, found.expression, read_as or None, why))


def _principal(heard: Heard, path: PurePosixPath) -> bool:
    inside = str(path)
    return (
        heard.at_root(inside)
        or trees.speaks_of_weights(path)
        or trees.speaks_of_data(path)
        or (heard.beside_weights_only(inside) and not heard.foreign(inside))
        or _is_samples_own(heard, path)
        or folder_of(path) in ("LICENSES", "licenses", ".github")
    )


def _is_samples_own(heard: Heard, path: PurePosixPath) -> bool:
    """Tell whether a license file stands in a folder of samples without code."""
    folder = folder_of(path)
    inside = [p for p in heard.paths if folder_of(p) == folder]
    return (
        bool(folder)
        and any(trees.is_sample(p) for p in inside)
        and not any(p.suffix.lower() in SOURCE for p in inside)
    )


def _slots_of_file(heard: Heard, path: PurePosixPath) -> tuple[Slot, ...]:
    """Return the slots that what is found in a file counts for."""
    slot = heard.tree.slot_of(path)
    inside = str(path)
    if heard.tree.slot is not None:
        return (slot,)
    if trees.speaks_of_weights(path) or trees.speaks_of_data(path) or heard.foreign(inside):
        return (slot,)
    beside = path.suffix.lower() in (".txt", ".md", ".rst", "") and not heard.at_root(inside)
    if beside and heard.beside_weights_only(inside):
        return (Slot.WEIGHTS,)
    if trees.is_license(path) or path.name.upper().startswith("NOTICE"):
        if _is_samples_own(heard, path):
            return (Slot.SAMPLES,)
        if heard.beside_weights_only(inside):
            return (Slot.WEIGHTS,)
        if heard.at_root(inside):
            if heard.card == "dataset":
                return (Slot.DATA,)
            if trees.speaks_of_code(path):
                return (Slot.CODE, Slot.SCRIPTS)
            if heard.card == "model":
                return (Slot.WEIGHTS, *((Slot.CODE,) if heard.has_code else ()))
            return (Slot.CODE, Slot.SCRIPTS)
    if slot is Slot.CODE and path.suffix.lower() not in SOURCE and not heard.has_code:
        if heard.card == "dataset":
            return (Slot.DATA,)
        if heard.card or heard.beside_weights_only(inside):
            return (Slot.WEIGHTS,)
    return (slot,)
