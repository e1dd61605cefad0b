"""Run the steps of a pipeline: skip what is fresh, record after every step, lose at most the running one."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import maxctl
from maxctl.core import digest, registry
from maxctl.core.cache_folder import cache_folder
from maxctl.core.errors import (
    FINDINGS_AT_THE_GATE,
    DiskFullError,
    MaxctlError,
    StageBugError,
    StageError,
    ToolMissingError,
    UsageError,
)
from maxctl.core.freshness import Standing, Standings, State, hangs_on, key_of
from maxctl.core.manifest import Key, MadeBy, Manifest, Output, Result, StepRecord
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Progress
from maxctl.core.project import MANIFEST, SPEC, Project, open_own
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict

OWN = tuple(f".maxctl/{name}" for name in ("lock", "run-log.jsonl", "stat-cache.json", "staging", "trash"))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which steps to run: all, from one on, up to one, only some; and which to run although they are fresh."""

    start: str | None = None
    end: str | None = None
    only: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step ended in this run. `record` is None where the step gave no result."""

    step: Step
    action: str
    """`ran`, `recorded` (fresh, taken from the record), `blocked`, `left out`, `broke` or `would run`."""
    reason: str = ""
    record: StepRecord | None = None
    error: MaxctlError | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether what needs this step may go on."""
        if self.action == "left out":
            return True
        if self.record is None or self.action in ("blocked", "broke"):
            return self.action == "would run"
        return self.record.result.verdict is Verdict.PASSED or self.record.result.skip is Skip.NOT_APPLICABLE


def standings(project: Project, pipeline: Pipeline, *, verify: bool = False) -> dict[str, Standing]:
    """Return how each step stands today; with `verify` every output is read again, whatever its stat says."""
    cache = digest.StatCache(project.work / "stat-cache.json")
    manifest = project.manifest()
    asked = Standings(project.spec, project.root, digest.of_file if verify else cache.of_file)
    found = {step.id: asked.of(step, manifest) for step in pipeline.steps}
    if project.work.is_dir():
        cache.save()
    return found


def run(
    project: Project,
    pipeline: Pipeline,
    selection: Selection,
    progress: Progress,
    *,
    dry_run: bool = False,
    on_start: Callable[[Step], None] = lambda step: None,
) -> Iterator[StepReport]:
    """Run the pipeline and yield each step's report as it ends; the project is locked meanwhile.

    A step whose needs failed is blocked; the others go on. Raises `UsageError` for an unknown step,
    `LockHeldError`, `DiskFullError`; a stage's own failure is in its report.
    """
    _check(pipeline, selection)
    if dry_run:
        yield from _Run(project, pipeline, selection, progress, on_start).plan()
        return
    with project.locked():
        yield from _Run(project, pipeline, selection, progress, on_start).steps()


def command_of(step: str, pipeline: str = "lifecycle") -> str:
    """Return the command that runs one step: that of its stage, or of the pipeline where it has a name of its own."""
    if step in registry.entries():
        return f"maxctl {step}"
    return f"maxctl run {pipeline} --only {step}"


def rehearse(project: Project, pipeline: Pipeline, step: Step, progress: Progress) -> Outcome:
    """Run one step as `run` does, but record nothing and move nothing in.

    Raises `StageError` where something that it needs was never recorded.
    """
    return _Run(project, pipeline, Selection(only=(step.id,)), progress, lambda step: None).rehearse(step)


def _check(pipeline: Pipeline, selection: Selection) -> None:
    named = (*selection.only, *(name for name in (selection.start, selection.end) if name))
    for name in named:
        if name not in pipeline.order:
            raise UsageError(
                f"the pipeline {pipeline.name} has no step `{name}`",
                hint=f"its steps: {', '.join(pipeline.order)}",
            )
    start, end = selection.start, selection.end
    if start and end and pipeline.order.index(end) < pipeline.order.index(start):
        raise UsageError(
            f"{end} stands before {start}: nothing would run", hint=f"--from {end} --until {start}, perhaps"
        )


class _Run:
    """One run over one project."""

    def __init__(
        self,
        project: Project,
        pipeline: Pipeline,
        selection: Selection,
        progress: Progress,
        on_start: Callable[[Step], None],
    ) -> None:
        self.project, self.pipeline, self.selection = project, pipeline, selection
        self.progress, self.on_start = progress, on_start
        self.manifest: Manifest = project.manifest()
        self.files = digest.StatCache(project.work / "stat-cache.json")
        self.standings = Standings(project.spec, project.root, self.files.of_file)
        self.reports: dict[str, StepReport] = {}

    def plan(self) -> Iterator[StepReport]:
        """Tell what would run, without doing it."""
        will_run: set[str] = set()
        for step in self.pipeline.steps:
            now = self._standing(step)
            waits = [need for need in step.needs if need in will_run]
            if not self._selected(step):
                continue
            if now.state is State.LEFT_OUT:
                yield StepReport(step, "left out", now.reason)
            elif now.fresh and not waits and not self.selection.force:
                yield StepReport(step, "recorded", "", self.manifest.steps[step.id])
            else:
                will_run.add(step.id)
                reason = f"{waits[0]} runs before it" if now.fresh and waits else now.reason or str(now.state)
                yield StepReport(step, "would run", "forced" if now.fresh and not waits else reason)

    def steps(self) -> Iterator[StepReport]:
        """Run what has to run."""
        self._clear("staging")
        self._restore()
        for left in self.project.root.glob(f".{MANIFEST}.*.tmp"):  # of a run that was killed while it wrote
            left.unlink(missing_ok=True)
        try:
            for step in self.pipeline.steps:
                if not self._selected(step):
                    self._standing(step)  # what needs it wants to know
                    continue
                report = self._step(step)
                self.reports[step.id] = report
                self._log(report)
                yield report
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _full(self.project.root) from error
            raise
        finally:
            self._restore()
            self._clear("staging")
            self.files.save()

    def rehearse(self, step: Step) -> Outcome:
        """Return what a step would give."""
        missing = [need for need in step.stage.needed() if need not in self.manifest.steps]
        if missing and not step.stage.gate:
            raise StageError(
                f"{', '.join(missing)} has no recorded result to compare with", hint="maxctl run"
            )
        with tempfile.TemporaryDirectory(prefix="maxctl-") as staging:
            return self._outcome(step, Path(staging))

    def _selected(self, step: Step) -> bool:
        order = self.pipeline.order
        if self.selection.only:
            return step.id in self.selection.only
        first = order.index(self.selection.start) if self.selection.start else 0
        last = order.index(self.selection.end) if self.selection.end else len(order)
        return first <= order.index(step.id) <= last

    def _standing(self, step: Step) -> Standing:
        return self.standings.of(step, self.manifest)

    def _step(self, step: Step) -> StepReport:
        now = self._standing(step)
        if now.state is State.LEFT_OUT:
            return StepReport(step, "left out", now.reason)
        blocker = self._blocker(step)
        if blocker is not None:
            return StepReport(step, "blocked", blocker)
        if now.fresh and not self.selection.force:
            return StepReport(step, "recorded", "", self.manifest.steps[step.id])
        self.on_start(step)
        started = time.monotonic()
        try:
            record = self._run_stage(step)
        except ToolMissingError as error:
            if (
                now.fresh
            ):  # forced: what is recorded still holds, and is worth more than that it cannot be had now
                return self._broke(step, error, started)
            outcome = Outcome.skipped(
                Skip.UNAVAILABLE, f"{error.message}; {error.hint}" if error.hint else error.message
            )
            record = self._record(step, self._key(step), outcome, self.project.work)
        except DiskFullError:
            raise
        except MaxctlError as error:
            return self._broke(step, error, started)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            return self._broke(step, _caused(StageError(f"{step.stage.name}: {error}"), error), started)
        except Exception as error:  # noqa: BLE001 - a stage may be anyone's; what does not need it goes on
            bug = StageBugError(
                f"bug in the stage {step.stage.name}: {type(error).__name__}: {error}",
                hint=f"`maxctl {step.stage.name} --debug` shows where; report it to its makers",
            )
            return self._broke(step, _caused(bug, error), started)
        self._standing(step)
        return StepReport(step, "ran", record.result.reason or "", record, None, time.monotonic() - started)

    def _broke(self, step: Step, error: MaxctlError, started: float) -> StepReport:
        return StepReport(step, "broke", error.message, None, error, time.monotonic() - started)

    def _blocker(self, step: Step) -> str | None:
        """Return why a step cannot run: something it needs did not end well, or was never recorded."""
        if step.stage.gate:
            return None
        for need in step.needs:
            report = self.reports.get(need)
            if report is not None and report.action == "left out":
                return f"needs {need}, which is left out: {report.reason}"
            if report is not None and not report.ok:
                word = (
                    "was blocked"
                    if report.action == "blocked"
                    else (
                        "broke"
                        if report.action == "broke"
                        else str(report.record.result.verdict if report.record else "")
                    )
                )
                skip = report.record.result.skip if report.record else None
                return f"needs {need}, which {word}{f' ({skip})' if skip else ''}"
            if report is None:
                if need not in self.manifest.steps:
                    return f"needs {need}, which is not recorded; `{self._command(need)}` makes it"
                verdict, skip = (
                    self.manifest.steps[need].result.verdict,
                    self.manifest.steps[need].result.skip,
                )
                if verdict is not Verdict.PASSED and skip is not Skip.NOT_APPLICABLE:
                    return f"needs {need}, which is recorded as {skip or verdict}; `{self._command(need)}` tries again"
                now = self.standings.found[need]
                if not now.fresh:
                    return f"needs {need}, which is {now.state} ({now.reason}); `{self._command(need)}` renews it"
        return None

    def _command(self, step: str) -> str:
        return command_of(step, self.pipeline.name)

    def _run_stage(self, step: Step) -> StepRecord:
        staging = self.project.work / "staging" / step.id
        staging.mkdir(parents=True)
        stage = step.stage
        key = self._key(step)  # before the work: what is edited meanwhile makes the result stale
        outcome = self._outcome(step, staging)
        known = {code.code for code in stage.codes}
        unknown = sorted({finding.code for finding in outcome.findings} - known)
        if unknown:
            raise StageError(f"{stage.name} gave findings with undeclared codes: {', '.join(unknown)}")
        record = self._record(step, key, outcome, staging)
        self._clear(f"staging/{step.id}")
        return record

    def _outcome(self, step: Step, staging: Path) -> Outcome:
        recorded = self.manifest.steps
        view = ModelView(
            root=self.project.root,
            staging=staging,
            cache=cache_folder(),
            _spec=self.project.spec,
            _reads=step.stage.reads,
            _who=step.stage.name,
            _needs={need: recorded[need].result for need in step.needs if need in recorded},
            standings=self._verified(step) if step.stage.gate else {},
        )
        return step.stage.run(view, self.progress)

    def _verified(self, gate: Step) -> dict[str, Standing]:
        """Return how the steps before a gate stand; a time stamp is no evidence there."""
        asked = Standings(self.project.spec, self.project.root, digest.of_file)
        for step in self.pipeline.steps[: self.pipeline.order.index(gate.id)]:
            asked.of(step, self.manifest)
        for need in gate.needs:
            asked.outside(need, self.manifest)
            asked.found.setdefault(need, Standing(State.MISSING))
        return asked.found

    def _key(self, step: Step) -> Key:
        recorded = self.manifest.steps
        needs = {need: recorded[need] for need in hangs_on(step, self.standings.found) if need in recorded}
        return key_of(step.stage, self.project.spec, self.project.root, needs, self.files.of_file)

    def _record(self, step: Step, key: Key, outcome: Outcome, staging: Path) -> StepRecord:
        """Move the outputs in and write the record, in this order: a kill between leaves the step unrecorded."""
        self._refuse_foreign(step, outcome.outputs)
        outputs = tuple(self._move_in(staging, path) for path in sorted(outcome.outputs))
        result = Result(
            verdict=outcome.verdict,
            skip=outcome.skip,
            reason=outcome.reason,
            findings=outcome.findings,
            facts=outcome.facts.model_dump(mode="json") if outcome.facts else {},
            outputs=outputs,
            valid_until=outcome.valid_until,
        )
        made_by = MadeBy(
            maxctl=maxctl.__version__,
            python=platform.python_version(),
            platform=f"{sys.platform}-{platform.machine()}",
        )
        record = StepRecord(stage=step.stage.name, key=key, result=result, made_by=made_by)
        self.manifest = self.manifest.with_step(step.id, record, self.pipeline.order)
        self.manifest.save(self.project.manifest_path)
        return record

    def _move_in(self, staging: Path, path: str) -> Output:
        source, target = staging / path, self.project.root / path
        if not source.exists():
            raise StageError(f"the stage named the output {path}, but did not write it")
        if not target.parent.resolve().is_relative_to(self.project.root.resolve()):
            raise StageError(
                f"the output {path} would leave the project", hint="remove the symbolic link in its path"
            )
        fingerprint = digest.of_path(source)
        if not (target.exists() and digest.of_path(target) == fingerprint):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir() or target.is_symlink() or (target.exists() and source.is_dir()):
                self._exchange(source, target, path)
            else:
                source.rename(target)
        return Output(path=path, sha256=fingerprint.removeprefix("sha256:"))

    def _exchange(self, source: Path, target: Path, path: str) -> None:
        """Put a folder in the place of another; until it stands there the old one is kept, and known by its path."""
        kept = self.project.work / "trash" / digest.of_bytes(path.encode()).removeprefix("sha256:")[:16]
        kept.mkdir(parents=True)
        (kept / "path").write_text(path, encoding="utf-8")
        target.rename(kept / "content")
        source.rename(target)
        shutil.rmtree(kept)

    def _restore(self) -> None:
        """Put back what an interrupted exchange took away, then clear what is left of it."""
        for kept in (self.project.work / "trash").glob("*"):
            try:
                target = self.project.root / (kept / "path").read_text(encoding="utf-8")
            except FileNotFoundError:  # interrupted before anything was taken
                continue
            if (kept / "content").exists() and not os.path.lexists(target):
                (kept / "content").rename(target)
        self._clear("trash")

    def _refuse_foreign(self, step: Step, paths: Collection[str]) -> None:
        """Refuse outputs that belong to a person, to maxctl, or to another step of the pipeline."""
        taken = {
            output.path: name
            for name in self.pipeline.order
            if name != step.id and name in self.manifest.steps
            for output in self.manifest.steps[name].result.outputs
        }
        taken |= dict.fromkeys((SPEC, MANIFEST, *OWN), "maxctl")
        for path in map(PurePosixPath, paths):
            for other, owner in taken.items():
                if path.is_relative_to(other) or PurePosixPath(other).is_relative_to(path):
                    raise StageError(
                        f"the output {path} of {step.id} is {owner}'s: {other}",
                        hint="let the step write elsewhere, by an option of its own in the pipeline",
                    )

    def _clear(self, name: str) -> None:
        shutil.rmtree(self.project.work / name, ignore_errors=True)

    def _log(self, report: StepReport) -> None:
        """Append to the run log: times and machine facts stand here, never in the record."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "step": report.step.id,
            "action": report.action,
            "verdict": report.record.result.verdict if report.record else None,
            "seconds": round(report.seconds, 3),
            "reason": report.reason,
            "pid": os.getpid(),
        }
        with open_own(self.project.work / "run-log.jsonl", os.O_WRONLY | os.O_APPEND) as file:
            file.write(json.dumps(line) + "\n")


def _caused(error: MaxctlError, cause: BaseException) -> MaxctlError:
    error.__cause__ = cause
    return error


def _full(root: Path) -> DiskFullError:
    free = shutil.disk_usage(root).free / 1024**2
    return DiskFullError(
        f"the disk of {root} is full ({free:.0f} MiB free); the running step is lost, earlier steps are recorded",
        hint="free some space (`maxctl doctor` shows the size of the cache), then run the command again",
    )


def worst_exit_code(reports: Collection[StepReport]) -> int:
    """Return the exit code of a run: that of the first step that broke, else 1 after findings, else 4 where
    something is unavailable, else 1 where a gate refused or a step was blocked, else 0."""
    for report in reports:
        if report.error is not None:
            return report.error.exit_code
    ordinary = [
        report for report in reports if not report.step.stage.gate
    ]  # a gate only tells of the others again
    results = [report.record.result for report in ordinary if report.record is not None]
    if any(result.verdict is Verdict.FAILED for result in results):
        return FINDINGS_AT_THE_GATE
    if any(result.skip is Skip.UNAVAILABLE for result in results):
        return ToolMissingError.exit_code
    refused = any(report.action == "blocked" or not report.ok for report in reports)
    return FINDINGS_AT_THE_GATE if refused else 0
