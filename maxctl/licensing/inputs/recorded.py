"""What scan-license recorded of a project, now or at a revision of the repository that the project lies in."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from maxctl.artifacts.cache import Cache
from maxctl.core import manifest
from maxctl.core.errors import StageError, UsageError
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.manifest import Manifest
from maxctl.core.progress import Progress
from maxctl.core.project import MANIFEST, Project
from maxctl.licensing.inputs import repositories

STAGE = "scan-license"


def now(project: Project) -> ScanLicenseFacts:
    """Return what the manifest says now; raises `StageError` where nothing is recorded."""
    return _facts(project.manifest(), MANIFEST, hint=f"`maxctl {STAGE}` in the project records it")


def at(project: Project, revision: str, cache: Path, progress: Progress) -> ScanLicenseFacts:
    """Return what the manifest of that revision says.

    Not the project as it was: its sources would have to be fetched again. Raises `UsageError` where the project lies
    in no repository, `FetchError` for a revision that is not there, `StageError` where nothing was recorded then.
    """
    found = repositories.in_folder(project.root, revision)
    if found is None:
        raise UsageError(
            f"the project {project.spec.id} lies in no git repository",
            hint="--against compares with a revision of a git repository",
        )
    commit, prefix = found
    shown = f"{MANIFEST} at {revision}"
    with Cache(cache).scratch() as scratch, repositories.snapshot(commit, scratch, progress) as snapshot:
        text = repositories.text(snapshot, f"{prefix}/{MANIFEST}" if prefix else MANIFEST)
        if text is None:
            raise StageError(
                f"there is no {MANIFEST} at {revision}", hint="name a revision that has it committed"
            )
        place = scratch / MANIFEST
        place.write_text(text, encoding="utf-8")
        return _facts(
            manifest.load(place, project.spec.id), shown, hint="name a revision where it is recorded"
        )


def _facts(record: Manifest, shown: str, hint: str) -> ScanLicenseFacts:
    steps = [step for step in record.steps.values() if step.stage == STAGE and step.result.facts]
    if not steps:
        raise StageError(f"{shown} holds no result of {STAGE}", hint=hint)
    try:
        return ScanLicenseFacts.model_validate(steps[-1].result.facts)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise StageError(
            f"{shown} holds a result of {STAGE} that this maxctl cannot read: {where}: {fault['msg']}",
            hint="it was recorded by another version of maxctl; name a later revision",
        ) from error
