"""Judge what the user named: one thing, several side by side, or one thing then and now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.core.errors import StageError, UsageError
from maxctl.core.progress import Progress
from maxctl.core.stage import Outcome
from maxctl.licensing import questions, trees
from maxctl.licensing.inputs.opened import opened
from maxctl.licensing.inputs.walk import walk
from maxctl.licensing.judging import Judge, Judged
from maxctl.licensing.left_out import LEFT_OUT
from maxctl.policy.ruling import Ruling

if TYPE_CHECKING:
    from maxctl.licensing.difference import State
    from maxctl.licensing.scan_license import ScanLicenseOptions

_COMPRESSED = re.compile(r"(?<!\.tar)\.(?:gz|bz2|xz|zst)!$", re.IGNORECASE)
_TEXT = re.compile(
    r"\.(?:md|txt|rst|py|js|ts|c|cc|cpp|h|java|ipynb|json|ya?ml|toml)$|^(?:readme|notice|copying)",
    re.IGNORECASE,
)


def judged(
    targets: Sequence[str], options: ScanLicenseOptions, judge: Judge, cache: Path, progress: Progress
) -> Outcome:
    """Return what is to be told of the targets; papers are written where `--report` names a folder.

    Raises `UsageError` for what cannot be opened, or for options that contradict one another.
    """
    if options.against is not None:
        if len(targets) != 1:
            raise UsageError("--against compares one PATH with itself", hint="name one PATH")
        return _difference(targets[0], options, judge, cache, progress)
    if len(targets) == 1:
        one = _one(targets[0], options, judge, cache, progress)
        return replace(one.outcome, document=one.document)
    if options.report is not None or options.why is not None:
        raise UsageError("--report and --why speak of one PATH", hint="name one PATH")

    from maxctl.licensing import comparison

    def each(target: str) -> comparison.Judged:
        found = _one(target, options, judge, cache, progress)
        return comparison.Judged(str(found.document["subject"]), found.facts, found.outcome.findings)

    return comparison.judge_each(targets, each)


def _one(
    target: str,
    options: ScanLicenseOptions,
    judge: Judge,
    cache: Path,
    progress: Progress,
    revision: str | None = None,
) -> Judged:
    use = judge.use(options.use_case or "commercial", options.delivery or "both")
    with opened(target, cache, progress, exclude=LEFT_OUT, revision=revision) as found:
        main = trees.tree("", found.folder, "")
        told = {spot.path for spot in main.failures}
        main = replace(
            main, failures=(*main.failures, *(spot for spot in found.failures if spot.path not in told))
        )
        every = [main]
        if found.archives:
            inside = trees.tree("the archives inside", found.inner, "", _unpacked(found.inner))
            every.append(replace(inside, roots=()))
        if not any(tree.files or tree.failures for tree in every):
            raise StageError(f"{found.name} holds no files", hint="name something with files in it")
        result = judge(questions.of_trees(every, use), found.name)
        if options.report is not None:
            from maxctl.licensing.papers import written

            options.report.mkdir(parents=True, exist_ok=True)
            written.write(result.document, result.lines, options.report)
        return result


def _unpacked(folder: Path) -> list[Path]:
    """Return the files of archives that are worth a look: one file that was only compressed is mostly data."""
    return [
        path
        for path in walk(folder, LEFT_OUT).files
        if not _COMPRESSED.search(path.parent.name)
        or trees.is_license(PurePosixPath(path.name))
        or _TEXT.search(path.name)
    ]


def _difference(
    target: str, options: ScanLicenseOptions, judge: Judge, cache: Path, progress: Progress
) -> Outcome:
    from maxctl.licensing import difference, difference_findings
    from maxctl.licensing.difference import State

    revision = options.against or ""
    from maxctl.core.project import SPEC, Project

    if (Path(target) / SPEC).is_file():
        from maxctl.licensing.inputs import recorded

        project = Project(Path(target))
        before = State(f"{project.spec.id} at {revision}", recorded.at(project, revision, cache, progress))
        after = State(project.spec.id, recorded.now(project))
    else:
        then = _one(target, _without_report(options), judge, cache, progress, revision)
        now = _one(target, options, judge, cache, progress)
        before, after = _state(then), _state(now)
    told = difference.between(before, after)
    return Outcome.judge(difference_findings.findings(told, Ruling(options.fail_on)), told)


def _without_report(options: ScanLicenseOptions) -> ScanLicenseOptions:
    """Return the options without a folder for papers: those of the state before are not written."""
    return options.model_copy(update={"report": None})


def _state(found: Judged) -> State:
    from maxctl.licensing.difference import FileLicense, State

    files = [FileLicense(f["path"], f["sha256"], f["licenses"]) for f in found.document["files"]]
    return State(str(found.document["subject"]), found.facts, files)
