"""What is to be judged: of a project, from its spec and what was fetched; of any folder, from its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from maxctl.core import digest
from maxctl.core.spec import Claim as SpecClaim
from maxctl.core.spec import Sample, Slot
from maxctl.core.stage import ModelView
from maxctl.licensing import package_metadata, trees
from maxctl.licensing.evaluation import Question
from maxctl.licensing.own_files import OWN_FILES
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, Spot, Subject
from maxctl.policy.rules import Policy

FETCHED = ".maxctl/out/fetch"


def of_project(model: ModelView, policy: Policy, use_case: str) -> Question:
    """Return what a project holds: fetched sources, artifacts and samples, its own scripts, and its claims."""
    spec = model.spec
    found = [
        trees.tree(
            source.name,
            source.slot,
            model.output("fetch", f"{FETCHED}/sources/{source.name}"),
            f"{FETCHED}/sources/{source.name}",
        )
        for source in spec.sources
    ]
    own = {path for pattern in OWN_FILES for path in model.files(pattern) if "node_modules" not in path.parts}
    if any(path.relative_to(model.root).parts[0] in ("reference", "patches") for path in own):
        scripts = trees.tree("the project's scripts", Slot.SCRIPTS, model.root, "", sorted(own))
        found.append(replace(scripts, roots=("", "reference")))
    texts = _texts_among(model.output("fetch", f"{FETCHED}/artifacts"))
    if texts:
        found.append(
            trees.tree(
                "the weights",
                Slot.WEIGHTS,
                model.output("fetch", f"{FETCHED}/artifacts"),
                f"{FETCHED}/artifacts",
                texts,
            )
        )
    return Question(
        use_case=use_case,
        trees=tuple(found),
        claims={
            slot: tuple(_claim(slot, c, policy) for c in claims)
            for slot, claims in spec.licensing.claims.items()
        },
        samples=tuple(_sample(sample, policy) for sample in spec.samples),
        datasets=spec.licensing.datasets,
        weights=any(artifact.slot is Slot.WEIGHTS for artifact in spec.artifacts),
    )


def of_folder(folder: Path, use_case: str) -> Question:
    """Return what any folder holds, its files told apart by simple rules about their paths."""
    files = sorted(digest.walk(folder, trees.LEFT_OUT))
    by_slot: dict[Slot, list[Path]] = {slot: [] for slot in Slot}
    for path in files:
        by_slot[trees.slot_of(PurePosixPath(path.relative_to(folder).as_posix()))].append(path)
    roots = trees.tree("", Slot.CODE, folder, "", files).roots
    if by_slot[Slot.SCRIPTS]:  # what speaks for the whole folder speaks for its scripts too
        by_slot[Slot.SCRIPTS] += [path for path in by_slot[Slot.CODE] if _speaks_for_all(path, folder, roots)]
    found = []
    for slot in (Slot.CODE, Slot.SCRIPTS, Slot.WEIGHTS):
        if by_slot[slot]:
            part = trees.tree(f"the {slot}", slot, folder, "", by_slot[slot])
            found.append(replace(part, roots=roots))
    pictures = by_slot[Slot.SAMPLES]
    samples = (
        (Subject(f"the samples ({len(pictures)} files, such as {pictures[0].name})"),) if pictures else ()
    )
    return Question(use_case, tuple(found), samples=samples, weights=bool(by_slot[Slot.WEIGHTS]))


def _speaks_for_all(path: Path, folder: Path, roots: tuple[str, ...]) -> bool:
    inside = PurePosixPath(path.relative_to(folder).as_posix())
    at_root = ("" if str(inside.parent) == "." else str(inside.parent)) in roots
    return (at_root and trees.is_license(inside)) or package_metadata.is_own(inside, roots)


def _texts_among(folder: Path) -> list[Path]:
    """Return the files beside the weights that people read; graphs and vocabularies carry no notices."""
    readable = (".md", ".txt", ".rst")
    return [
        path
        for path in sorted(digest.walk(folder))
        if trees.is_license(PurePosixPath(path.name))
        or path.suffix.lower() in readable
        or path.name == "NOTICE"
    ]


def _claim(slot: Slot, claim: SpecClaim, policy: Policy) -> Claim:
    reading = spdx.read(claim.license, policy.catalog, policy.knowledge.tags)
    stands_for_code = slot is Slot.WEIGHTS and claim.license is not None and _is_codes_license(claim.source)
    return Claim(reading, Spot(claim.source, None, claim.note or ""), "spec", own=not stands_for_code)


def _is_codes_license(source: str) -> bool:
    """Tell whether a claim about weights points at a license or metadata file that does not name weights."""
    if ":" in source:  # an address: what stands there was read by a person
        return False
    path = PurePosixPath(source)
    general = trees.is_license(path) or path.name in package_metadata.NAMES
    return general and not trees.speaks_of_weights(path) and "artifacts" not in path.parts


def _sample(sample: Sample, policy: Policy) -> Subject:
    reading = spdx.read(sample.license, policy.catalog, policy.knowledge.tags)
    spot = Spot("model.yaml", None, f"{sample.path}: {sample.license}, credit: {sample.credit}")
    return Subject(f"the sample {sample.path}", (Claim(reading, spot, "spec"),))
