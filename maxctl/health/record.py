"""Record golden responses from the research code itself, and hold the prepared model against them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from maxctl.core import digest
from maxctl.core.facts.record import RecordedCase, RecordFacts
from maxctl.core.findings import Code
from maxctl.core.progress import Progress
from maxctl.core.reference_files import REFERENCE_FILES
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions
from maxctl.health import record_findings as findings
from maxctl.health.prepared_model import (
    HOOKS,
    LABELS,
    answers,
    companions,
    installed,
    not_installed,
    prepared,
    tools,
)

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

GOLDEN = "golden"
SOURCES = ".maxctl/out/fetch/sources"
ARTIFACTS = ".maxctl/out/fetch/artifacts"
SAMPLES = ".maxctl/out/fetch/samples"


class RecordOptions(StageOptions):
    """Options of record."""

    # no part of the key: a suite that was updated stands as one that was recorded
    update: bool = Field(
        default=False,
        exclude=True,
        description="Write the new answers over the golden suite, and show what changes.",
    )


class Record(Stage):
    """Record golden responses from the research code itself, and hold the prepared model against them."""

    name: ClassVar[str] = "record"
    phase: ClassVar[Phase] = Phase.HEALTH
    needs: ClassVar[tuple[str, ...]] = ("fetch", "prepare")
    reads: ClassVar[Reads] = Reads(
        spec=(
            "task",
            "labels",
            "reference",
            "golden",
            "inference",
            "sources",
            "samples",
            "preparation.format",
        ),
        files=(*REFERENCE_FILES, *LABELS, *HOOKS),
        own=(f"{GOLDEN}/**",),
    )
    codes: ClassVar[tuple[Code, ...]] = findings.CODES
    Options: ClassVar[type[StageOptions]] = RecordOptions
    Facts = RecordFacts

    def tools_for(self, spec: ModelSpec) -> dict[str, str]:
        """Return what answers for the prepared model."""
        return tools(prepared(spec).engine)

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return the suite as output; whatever differs from a suite that is there already is a finding."""
        if model.spec.reference is None or model.spec.golden is None:
            missing = "reference" if model.spec.reference is None else "golden"
            return Outcome.skipped(
                Skip.NOT_APPLICABLE, f"the spec has no `{missing}`, so there is nothing to compare with"
            )
        form = prepared(model.spec)
        if not installed(form.engine):
            raise not_installed(form.engine)
        from maxctl.golden import suite as suites

        asked = _ask(model, progress)
        folder = model.file(GOLDEN)
        known = _standing(folder, self.options.update, progress)
        changed = findings.changes(known, asked) if known else []
        if changed and not self.options.update:
            return Outcome.judge(changed)
        if known is None or changed:
            findings.tell(changed, progress)
            standing = asked
            suites.write(model.write(GOLDEN), asked)
        else:  # the same within tolerance: not one byte changes
            standing = known
            shutil.copytree(folder, model.write(GOLDEN))
        told = findings.near_threshold(standing, findings.thresholds(model.spec.inference))
        told += findings.differences(
            answers(
                model.spec,
                form.engine,
                model.output("prepare", form.path),
                companions(model.spec, model.file),
                standing,
                progress,
            ),
            findings.MODEL_DIFFERS,
            "compare preparation and inference in model.yaml with what the research code does",
        )
        return Outcome.judge(told, _facts(standing, digest.of_tree(model.write(GOLDEN))), (GOLDEN,))


def _standing(folder: Path, update: bool, progress: Progress) -> Suite | None:
    """Return the suite that is there, or None; a damaged one is None where it is to be replaced anyway."""
    from maxctl.golden import suite as suites

    if not (folder / suites.FILE).is_file():
        return None
    try:
        return suites.load(folder)
    except suites.SuiteError as error:
        if not update:
            raise
        reason = "; ".join(line.strip() for line in error.message.splitlines())
        progress.say(f"golden: the old suite could not be read, so it is replaced whole: {reason}")
        return None


def _ask(model: ModelView, progress: Progress) -> Suite:
    """Return a suite of the spec's cases with the research code's own answers."""
    from maxctl.golden.suite import Case, Suite
    from maxctl.golden.tolerance import Tolerance
    from maxctl.health import reference

    spec = model.spec
    assert spec.reference is not None and spec.golden is not None  # run() has looked
    files = {
        path.relative_to(model.root / "reference").as_posix(): path
        for pattern in REFERENCE_FILES
        for path in model.files(pattern)
    }
    folder = reference.ready(spec.reference, files, model.cache, progress)
    samples = model.output("fetch", SAMPLES)
    sources = {source.name: model.output("fetch", f"{SOURCES}/{source.name}") for source in spec.sources}
    known = {sample.path: sample for sample in spec.samples}
    cases = [
        Case(
            case.id,
            samples / case.input,
            known[case.input].sha256,
            parameters=case.parameters,
            license=known[case.input].license,
            credit=known[case.input].credit,
        )
        for case in spec.golden.cases
    ]
    labels = companions(spec, model.file).labels
    request = {
        "sources": {name: str(path) for name, path in sources.items()},
        "artifacts": str(model.output("fetch", ARTIFACTS)),
        **({"labels": str(labels)} if labels else {}),
        "cases": [case.question() for case in cases],
    }
    given = reference.ask(spec.reference, folder, request, spec.task, progress)
    tolerance = Tolerance(spec.golden.tolerance.score, spec.golden.tolerance.iou)
    answered = tuple(replace(case, expected=given.responses[case.id]) for case in cases)
    return Suite(spec.task, tolerance, answered, dict(given.versions), spec.inference.input.field)


def _facts(suite: Suite, fingerprint: str) -> RecordFacts:
    from maxctl.golden import compare

    cases = tuple(
        RecordedCase(id=case.id, input=case.sha256, predictions=compare.count(suite.task, case.expected))
        for case in suite.cases
    )
    return RecordFacts(
        suite=fingerprint, task=suite.task, made_by=dict(sorted(suite.made_by.items())), cases=cases
    )
