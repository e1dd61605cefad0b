"""Push the image that was checked and approved, by digest, and write that digest into the deploy files.

It refuses, naming each step that does not hold and each approval that does not count. What was published stays: a
tag never gets another image, and publishing the same once more changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from maxctl.core.errors import StageError
from maxctl.core.facts.build import BuildFacts
from maxctl.core.facts.publish import PlannedEffect, PublishFacts, PublishPlan
from maxctl.core.facts.review import ReviewFacts
from maxctl.core.findings import Code, Finding, Severity
from maxctl.core.freshness import State
from maxctl.core.progress import Progress, Silent
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions
from maxctl.release import publish_findings as findings
from maxctl.release.review import Review

if TYPE_CHECKING:
    from maxctl.adapters.container_engine import Engine, Image

DEPLOY = "deploy"
NO_DIGEST = f"sha256:{'0' * 64}"
# what an image was built from, as `build` writes it on the image
LABELS = {"service": "maxctl.service", "archive": "maxctl.archive"}


class PublishOptions(StageOptions):
    """Options of publish."""

    dry_run: bool = Field(
        default=False, description="Judge as always and tell what would be done; do nothing."
    )


class Publish(Stage):
    """Push the image that was checked and approved, and write its digest into the deploy files."""

    name: ClassVar[str] = "publish"
    phase: ClassVar[Phase] = Phase.RELEASE
    # a gate looks at every step before it; without these a pipeline has no right to publish
    needs: ClassVar[tuple[str, ...]] = (
        "fetch", "scan-license", "check", "prepare", "record", "convert", "package", "scaffold",
        "build", "regress", "regress-http", "regress-image", "document", "review",
    )  # fmt: skip
    gate: ClassVar[bool] = True
    reads: ClassVar[Reads] = (
        Review.reads
    )  # the approvals are judged once more, with all that they are bound to
    codes: ClassVar[tuple[Code, ...]] = findings.CODES
    Options: ClassVar[type[StageOptions]] = PublishOptions
    Facts = PublishFacts

    def records(self) -> bool:
        """Tell that a dry run is not recorded."""
        return not self.options.dry_run

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return where the image is; the deploy files are outputs. A refusal is a finding for each reason."""
        from maxctl.adapters import container_engine

        reviewed = _reviewed(model)
        refused = findings.steps(model.standings)
        if reviewed is not None:
            refused += [
                findings.not_approved(one) for one in reviewed.findings if one.severity is Severity.ERROR
            ]
        if model.spec.service.image is None:
            refused.append(findings.no_repository())
        if refused or reviewed is None:
            return Outcome.judge(refused)
        engine = container_engine.connect()
        release, refused = _release(model, engine, progress)
        if release is None:
            return Outcome.judge(refused)
        deploy, refused = _deploy_files(model, release)
        if refused:
            return Outcome.judge(refused)
        if self.options.dry_run:
            return Outcome.judge((), _plan(release, deploy))
        published = release.there or engine.push(release.image.id, release.repository, release.tag, progress)
        if release.there is None and engine.remote_digest(release.repository, release.tag) != published:
            raise StageError(
                f"{release.name} has another digest than the one that was pushed, {published}",
                hint="somebody else pushes to this tag; find out who before you publish",
            )
        facts = _facts(model, release, published, ReviewFacts.model_validate(reviewed.facts))
        return Outcome.judge((), facts, _write(model, release, published, deploy))


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be published where, and the digest that the tag has already if it is this very image."""

    image: Image
    repository: str
    tag: str
    there: str | None

    @property
    def name(self) -> str:
        """The tag in full."""
        return f"{self.repository}:{self.tag}"


def _reviewed(model: ModelView) -> Outcome | None:
    """Return today's judgement of the approvals, or None where what they are bound to was not made yet."""
    unmade = (State.MISSING, State.FAILED, State.UNAVAILABLE)
    if any(model.standings[need].state in unmade for need in Review.needs):
        return None
    return Review().run(model, Silent())


def _release(model: ModelView, engine: Engine, progress: Progress) -> tuple[Release | None, list[Finding]]:
    """Return what is to be published, or what speaks against it: nothing is pushed before all of that is known."""
    from maxctl.core.facts.package import PackageFacts

    built, service = model.facts("build", BuildFacts), model.result("scaffold").outputs
    expected = {
        LABELS["service"]: f"sha256:{next(one.sha256 for one in service if one.path == 'service')}",
        LABELS["archive"]: f"sha256:{model.facts('package', PackageFacts).sha256}",
    }
    image = engine.image(built.image)
    if image is None:
        return None, [findings.other_image(built.image, "is not in the container engine any more")]
    wrong = [what for what, label in LABELS.items() if image.labels.get(label) != expected[label]]
    if wrong:
        return None, [findings.other_image(built.image, f"was built from another {' and '.join(wrong)}")]
    repository, tag = str(model.spec.service.image), model.spec.version
    there = engine.remote_digest(repository, tag)
    if there is not None and not _same(engine, image, f"{repository}@{there}", progress):
        return None, [findings.tag_taken(f"{repository}:{tag}", there)]
    return Release(image, repository, tag, there), []


def _same(engine: Engine, image: Image, reference: str, progress: Progress) -> bool:
    """Tell whether what the registry has is this image; its id is the digest of its configuration."""
    return reference in image.digests or engine.pull(reference, progress).id == image.id


def _deploy_files(model: ModelView, release: Release) -> tuple[dict[str, str], list[Finding]]:
    """Return the deploy files as text, by name, with the placeholder that the digest goes to."""
    folder = model.output("scaffold", "service") / DEPLOY
    placeholder = f"{release.repository}@{NO_DIGEST}"
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    faults = [
        findings.no_placeholder(f"service/{DEPLOY}/{name}", placeholder)
        for name, text in texts.items()
        if placeholder not in text and "image:" in text
    ]
    return texts, faults


def _plan(release: Release, deploy: dict[str, str]) -> PublishPlan:
    pushed = f"is this very image already ({release.there}): nothing is pushed"
    if release.there is None:
        image = release.image
        pushed = f"push the image {image.id[:19]} ({image.size / 1e6:.0f} MB, {image.architecture})"
    effects = [
        PlannedEffect(where=release.name, what=pushed),
        *(PlannedEffect(where=f"{DEPLOY}/{name}", what="write the digest of the image") for name in deploy),
        PlannedEffect(where=f"{DEPLOY}/image.json", what="write repository, tag and digest"),
        PlannedEffect(where="manifest.yaml", what="record the digest and what it rests on"),
    ]
    return PublishPlan(effects=tuple(effects))


def _write(model: ModelView, release: Release, published: str, deploy: dict[str, str]) -> tuple[str, ...]:
    placeholder, reference = f"{release.repository}@{NO_DIGEST}", f"{release.repository}@{published}"
    for name, text in deploy.items():
        model.write(f"{DEPLOY}/{name}").write_text(text.replace(placeholder, reference), encoding="utf-8")
    told = {
        "repository": release.repository, "tag": release.tag, "digest": published,
        "reference": reference, "image": release.image.id, "architecture": release.image.architecture,
    }  # fmt: skip
    model.write(f"{DEPLOY}/image.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return (DEPLOY,)


def _facts(model: ModelView, release: Release, published: str, reviewed: ReviewFacts) -> PublishFacts:
    held = {
        step: model.result(step) for step, now in model.standings.items() if now.state is not State.LEFT_OUT
    }
    return PublishFacts(
        repository=release.repository,
        tag=release.tag,
        digest=published,
        image=release.image.id,
        rests_on={step: result.digest() for step, result in sorted(held.items())},
        not_applicable=tuple(
            f"{step}: {result.reason}" for step, result in held.items() if result.skip is Skip.NOT_APPLICABLE
        ),
        approvals=tuple(f"{one.role}: {one.name}" for one in reviewed.approvals if one.state == "valid"),
    )
