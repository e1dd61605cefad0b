"""What is to be judged: of a project, from its spec and what was fetched; of any folder, from its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.core import digest
from maxctl.core.slot import Slot
from maxctl.licensing import trees
from maxctl.licensing.claims import package_metadata
from maxctl.licensing.evaluation import Question
from maxctl.licensing.own_files import OWN_FILES
from maxctl.licensing.trees import Tree
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, NamedDataset, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.use import Use

if TYPE_CHECKING:
    from maxctl.core.spec import Claim as SpecClaim
    from maxctl.core.spec import Sample
    from maxctl.core.stage import ModelView

FETCHED = ".maxctl/out/fetch"
_READABLE = (".md", ".txt", ".rst")


def of_project(model: ModelView, policy: Policy, use: Use) -> Question:
    """Return what a project holds: fetched sources, artifacts and samples, its own scripts, and its claims."""
    spec = model.spec
    found = [
        trees.tree(
            source.name,
            model.output("fetch", f"{FETCHED}/sources/{source.name}"),
            f"{FETCHED}/sources/{source.name}",
            slot=source.slot,
        )
        for source in spec.sources
    ]
    own = {path for pattern in OWN_FILES for path in model.files(pattern) if "node_modules" not in path.parts}
    if any(path.relative_to(model.root).parts[0] in ("reference", "patches") for path in own):
        scripts = trees.tree("the project's scripts", model.root, "", sorted(own), Slot.SCRIPTS)
        found.append(replace(scripts, roots=("", "reference")))
    artifacts = model.output("fetch", f"{FETCHED}/artifacts")
    speaking = _speaking_among(artifacts)
    if speaking:
        found.append(trees.tree("the weights", artifacts, f"{FETCHED}/artifacts", speaking, Slot.WEIGHTS))
    return Question(
        use=use,
        trees=tuple(found),
        claims={
            slot: tuple(_claim(slot, c, policy) for c in claims)
            for slot, claims in spec.licensing.claims.items()
        },
        samples=tuple(_sample(sample, policy) for sample in spec.samples),
        datasets=tuple(
            NamedDataset(dataset.id, dataset.use, Spot(dataset.source)) for dataset in spec.licensing.datasets
        ),
        weights=any(artifact.slot is Slot.WEIGHTS for artifact in spec.artifacts),
    )


def of_trees(found: Sequence[Tree], use: Use) -> Question:
    """Return what trees without a spec hold; their files are told apart by simple rules about their paths."""
    return Question(use, tuple(found))


def _speaking_among(folder: Path) -> list[Path]:
    """Return the weights, which may hold metadata, and the files beside them that people read."""
    return [
        path
        for path in sorted(digest.walk(folder))
        if trees.is_license(PurePosixPath(path.name))
        or path.suffix.lower() in _READABLE
        or path.name == "NOTICE"
        or trees.is_weights(path)
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
