"""Push the image that was checked and approved, by digest, and write that digest into the deploy files.

It refuses, naming each step that does not hold and each approval that does not count. What was published stays: a
tag never gets another image, and publishing the same once more changes nothing. A record can be edited, so the image
itself is looked at (`publish_image.py`), and asked the golden suite once more.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from maxctl.core.errors import StageError
from maxctl.core.facts.publish import PlannedEffect, PublishFacts, PublishPlan
from maxctl.core.facts.review import ReviewFacts
from maxctl.core.findings import Code, Severity
from maxctl.core.freshness import State
from maxctl.core.progress import Progress, Silent
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions
from maxctl.release import publish_deploy, publish_image
from maxctl.release import publish_findings as findings
from maxctl.release.publish_deploy import DEPLOY
from maxctl.release.publish_image import Release
from maxctl.release.review import Review

# steps whose name is not their stage's
STAGES = {"regress-http": "regress", "regress-image": "regress"}


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
    # the approvals are judged once more, with all that they are bound to, and the suite is asked once more
    reads: ClassVar[Reads] = Reads(spec=Review.reads.spec, files=(*Review.reads.files, "golden/**"))
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
        refused = findings.steps(model.standings, REQUIRED)
        if reviewed is not None:
            refused += [
                findings.not_approved(one) for one in reviewed.findings if one.severity is Severity.ERROR
            ]
        if model.spec.service.image is None:
            refused.append(findings.no_repository())
        if refused or reviewed is None:
            return Outcome.judge(refused)
        engine = container_engine.connect()
        deploy, refused = publish_deploy.texts_of(model)
        refused += publish_image.other_base(model)
        if refused:
            return Outcome.judge(refused)
        release, refused = publish_image.release_of(model, engine, progress)
        if release is None or refused:
            return Outcome.judge(refused)
        if failed := publish_image.failed_cases(model, release, progress):
            return Outcome.judge([findings.other_answers(failed)])
        if self.options.dry_run:
            return Outcome.judge((), _plan(release, deploy))
        published = release.there or engine.push(release.image.id, release.repository, release.tag, progress)
        now = engine.tagged(release.repository, release.tag)
        if now is None or now.digest != published:
            raise StageError(
                f"{release.name} has another digest than the one that was pushed, {published}",
                hint="somebody else pushes to this tag; find out who before you publish",
            )
        facts = _facts(model, release, published, ReviewFacts.model_validate(reviewed.facts))
        return Outcome.judge((), facts, publish_deploy.write(model, release, published, deploy))


REQUIRED = {step: STAGES.get(step, step) for step in Publish.needs}


def _reviewed(model: ModelView) -> Outcome | None:
    """Return today's judgement of the approvals, or None where what they are bound to was not made yet."""
    unmade = (State.MISSING, State.FAILED, State.UNAVAILABLE, State.LEFT_OUT)
    if any(model.standings[need].state in unmade for need in Review.needs):
        return None
    return Review().run(model, Silent())


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
