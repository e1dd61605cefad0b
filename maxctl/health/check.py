"""Check the code and the model files that were fetched, before anything is loaded."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from maxctl.core.errors import ChildFailedError, ToolMissingError, UsageError
from maxctl.core.facts.check import CheckFacts, CheckSummary, ModelFile
from maxctl.core.facts.fetch import FetchFacts
from maxctl.core.findings import Code, Finding, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Skip, Stage, StageOptions, Verdict
from maxctl.health.checks.dead_code import DeadCode
from maxctl.health.checks.dependencies.check import Dependencies
from maxctl.health.checks.interface import Check as OneCheck
from maxctl.health.checks.interface import Inventory, NothingToCheckError, Report, Settings, Tree
from maxctl.health.checks.lint import Lint
from maxctl.health.checks.model_files.check import ModelFiles

CHECKS: tuple[type[OneCheck], ...] = (Lint, DeadCode, Dependencies, ModelFiles)
REPORT = "reports/check.json"
SOURCES = ".maxctl/out/fetch/sources"
ARTIFACTS = ".maxctl/out/fetch/artifacts"
TOOLS = ("ruff", "vulture", "picklescan", "fickling", "h5py")
STOPPED = Code(
    "CHK001",
    "A check could not finish",
    "It crashed or went over its limits, so nothing is known of what it looks at.",
)


class FailOn(StrEnum):
    """From which severity on findings fail the stage."""

    ERROR = "error"
    WARNING = "warning"


class Options(StageOptions):
    """What fails the stage, and how long one model file may take."""

    fail_on: FailOn = Field(
        default=FailOn.ERROR,
        description="With error, unsafe and unscanned model files fail; with warning, code defects fail, too.",
    )
    scan_seconds: float = Field(
        default=60.0, gt=0, description="How long one model file may take, in seconds."
    )


class Check(Stage):
    """Check the code and the model files that were fetched, before anything is loaded.

    Nothing is imported or executed: lint, dead code, dependencies, and what model files would do when loaded.
    The project's own `reference/` is left out: it is yours, and `maxctl check reference` looks at it.
    """

    name: ClassVar[str] = "check"
    phase: ClassVar[Phase] = Phase.HEALTH
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("fetch",)
    codes: ClassVar[tuple[Code, ...]] = (STOPPED, *(code for check in CHECKS for code in check.codes))
    Options: ClassVar[type[StageOptions]] = Options
    Facts: ClassVar[type[CheckFacts]] = CheckFacts

    def tools(self) -> dict[str, str]:
        """Return the versions of what decides the result; one that is missing counts as such."""
        from importlib.metadata import PackageNotFoundError, version

        found = {}
        for tool in TOOLS:
            try:
                found[tool] = version(tool)
            except PackageNotFoundError:
                found[tool] = "missing"
        return found

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Check what fetch brought: each source tree, and the artifacts."""
        trees = [
            Tree(f"{SOURCES}/{source.name}", model.output("fetch", f"{SOURCES}/{source.name}"))
            for source in model.facts("fetch", FetchFacts).sources
        ]
        trees.append(Tree(ARTIFACTS, model.output("fetch", ARTIFACTS), artifacts=True))
        outcome = check(trees, self.options, progress)
        _write(model.write(REPORT), outcome)
        return Outcome(
            outcome.verdict,
            outcome.findings,
            outcome.facts,
            (REPORT,),
            skip=outcome.skip,
            reason=outcome.reason,
        )

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Check a folder, or one file, wherever it is; places are relative to it."""
        path = Path(target)
        if path.is_dir():
            return check([Tree("", path.resolve())], self.options, progress)
        if not path.is_file():
            raise UsageError(f"there is no file or folder {target}", hint="maxctl check FOLDER_OR_FILE")
        parent = path.parent.resolve()
        return check([Tree("", parent, artifacts=True, only=path.name)], self.options, progress)


def check(trees: list[Tree], options: Options, progress: Progress) -> Outcome:
    """Return what all checks say about the trees: failed on findings, skipped if no check had anything to do or a
    tool is missing, else passed. `facts` hold a summary of every check by name."""
    inventory = Inventory.of(trees)
    settings = Settings(scan_seconds=options.scan_seconds, progress=progress)
    failing = {Severity.ERROR} if options.fail_on is FailOn.ERROR else {Severity.ERROR, Severity.WARNING}
    findings: list[Finding] = []
    model_files: list[ModelFile] = []
    summaries: list[CheckSummary] = []
    for done, one in enumerate(CHECKS):
        progress.advance("checks", done, len(CHECKS))
        try:
            report = one().run(inventory, settings)
        except NothingToCheckError as error:
            summaries.append(
                CheckSummary(name=one.name, verdict="skipped", skip="not-applicable", reason=str(error))
            )
            continue
        except ToolMissingError as error:
            reason = f"{error.message}; {error.hint}" if error.hint else error.message
            summaries.append(
                CheckSummary(name=one.name, verdict="skipped", skip="unavailable", reason=reason)
            )
            continue
        except ChildFailedError as error:
            report = Report((_stopped(one, error),), 0, "it could not finish")
        findings += report.findings
        model_files += report.model_files
        summaries.append(_summary(one, report, failing))
    progress.advance("checks", len(CHECKS), len(CHECKS))
    return _judge(tuple(findings), CheckFacts(checks=tuple(summaries), model_files=tuple(model_files)))


def _summary(one: type[OneCheck], report: Report, failing: set[Severity]) -> CheckSummary:
    failed = any(finding.severity in failing for finding in report.findings)
    return CheckSummary(
        name=one.name,
        verdict="failed" if failed else "passed",
        reason=report.reason,
        files=report.files,
        findings=dict(sorted(Counter(finding.code for finding in report.findings).items())),
    )


def _judge(findings: tuple[Finding, ...], facts: CheckFacts) -> Outcome:
    if any(summary.verdict == "failed" for summary in facts.checks):
        return Outcome(Verdict.FAILED, findings, facts)
    unavailable = [summary for summary in facts.checks if summary.skip == "unavailable"]
    if unavailable:
        reason = "; ".join(f"{summary.name}: {summary.reason}" for summary in unavailable)
        return Outcome.skipped(Skip.UNAVAILABLE, reason, findings, facts)
    if all(summary.verdict == "skipped" for summary in facts.checks):
        return Outcome.skipped(
            Skip.NOT_APPLICABLE, "; ".join(f"{s.name}: {s.reason}" for s in facts.checks), findings, facts
        )
    return Outcome(Verdict.PASSED, findings, facts)


def _stopped(one: type[OneCheck], error: ChildFailedError) -> Finding:
    return Finding(
        STOPPED.code,
        Severity.ERROR,
        one.name,
        f"the check {one.name} could not finish: {error.message}",
        "find the file that stops it with `maxctl check FOLDER` on parts of the tree, and leave that file out",
    )


def _write(path: Path, outcome: Outcome) -> None:
    facts = outcome.facts.model_dump(mode="json") if outcome.facts else {}
    report = {
        "verdict": outcome.verdict,
        "skip": outcome.skip,
        "reason": outcome.reason,
        **facts,
        "findings": [
            {
                "code": f.code,
                "severity": f.severity,
                "subject": f.subject,
                "message": f.message,
                "remedy": f.remedy,
                "place": {"path": f.place.path, "line": f.place.line, "column": f.place.column}
                if f.place
                else None,
            }
            for f in outcome.findings
        ],
    }
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
