"""Whether a recorded result still holds: the key recomputed today, and the outputs verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from maxctl.core import digest, registry
from maxctl.core.errors import ToolMissingError
from maxctl.core.facts import Facts
from maxctl.core.manifest import Key, Manifest, StepRecord
from maxctl.core.pipeline import Step
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import Skip, Stage, Verdict, inputs

FileDigest = Callable[[Path], str]


class State(StrEnum):
    """How a step stands today."""

    FRESH = "fresh"
    STALE = "stale"
    CHANGED = "changed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    MISSING = "not run"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a step, and why, in words."""

    state: State
    reason: str = ""
    stage: str = ""
    """Whose step it is."""

    @property
    def fresh(self) -> bool:
        """Whether the recorded result still holds."""
        return self.state is State.FRESH


def key_of(
    stage: Stage, spec: ModelSpec, root: Path, needs: Mapping[str, StepRecord], file_digest: FileDigest
) -> Key:
    """Return the key of a stage's result, from all that it declares to read; `needs` are those records alone."""
    parts: dict[str, Any] = {
        "spec": digest.of_value({path: _part(spec, path) for path in sorted(stage.reads.spec)}),
        "files": digest.of_value(
            {
                pattern: digest.of_files(root, inputs(root, pattern), file_digest, follow=True)
                for pattern in sorted(stage.reads.files)
            }
        ),
        "options": digest.of_value(stage.options.model_dump(mode="json")),
        "needs": {name: needs[name].result.digest() for name in sorted(needs)},
        "version": stage.version,
        "tools": _tools(stage, spec),
    }
    return _whole(stage.name, parts)


def _whole(stage: str, parts: Mapping[str, Any]) -> Key:
    return Key(digest=digest.of_value({"stage": stage, **parts}), **parts)


def _tools(stage: Stage, spec: ModelSpec) -> dict[str, str]:
    """Return the versions of the stage's tools; one that is not here is another version of it."""
    try:
        return dict(sorted(stage.tools_for(spec).items()))
    except ToolMissingError as error:
        return {"missing": error.message}


def standing(
    step: Step,
    manifest: Manifest,
    spec: ModelSpec,
    root: Path,
    others: Mapping[str, Standing],
    file_digest: FileDigest,
    today: date,
    *,
    any_options: bool = False,
) -> Standing:
    """Return how a step stands; `others` are the standings of the steps before it.

    With `any_options` the recorded options count as today's: for a step that no pipeline at hand describes.
    """
    if step.when is not None and not present(spec, step.when):
        return Standing(State.LEFT_OUT, f"the spec has no `{step.when}`")
    record = manifest.steps.get(step.id)
    if record is None:
        return Standing(State.MISSING)
    if record.stage != step.stage.name:
        return Standing(State.STALE, f"recorded by the stage {record.stage}")
    result = record.result
    if result.verdict is Verdict.FAILED:
        return Standing(State.FAILED, _first_error(record))
    if result.skip is Skip.UNAVAILABLE:
        return Standing(State.UNAVAILABLE, result.reason or "")
    needs = hangs_on(step, others)
    for need in needs:
        if need not in manifest.steps:
            return Standing(State.STALE, f"{need} is not recorded")
    for need in needs:
        if need in others and not others[need].fresh:
            return Standing(State.STALE, f"{need} is {others[need].state}")
    today_key = key_of(step.stage, spec, root, {need: manifest.steps[need] for need in needs}, file_digest)
    if any_options:
        parts = today_key.model_dump(exclude={"digest"}) | {"options": record.key.options}
        today_key = _whole(step.stage.name, parts)
    if today_key != record.key:
        return Standing(State.STALE, _difference(record.key, today_key))
    for output in result.outputs:
        path = root / output.path
        if not path.exists():
            return Standing(State.CHANGED, f"{output.path} is gone")
        if path.is_symlink():
            return Standing(State.CHANGED, f"{output.path} is a link now")
        if digest.of_path(path, file_digest).removeprefix("sha256:") != output.sha256:
            return Standing(State.CHANGED, f"{output.path} is not what was recorded")
    if not _readable(step.stage, result.facts):
        return Standing(State.STALE, "its facts are of another version of the stage")
    if result.valid_until is not None and today > result.valid_until:
        return Standing(State.EXPIRED, f"valid until {result.valid_until}")
    return Standing(State.FRESH)


def hangs_on(step: Step, others: Mapping[str, Standing]) -> tuple[str, ...]:
    """Return the steps that a result hangs on; what the spec leaves out is nothing that a gate could wait for."""
    if not step.stage.gate:
        return step.needs
    return tuple(
        need for need in step.needs if need not in others or others[need].state is not State.LEFT_OUT
    )


class Standings:
    """How steps stand, each asked in the order of the pipeline.

    A needed step that the pipeline does not hold (`record`, in `ci`) is looked at, too: a stale golden must not
    pass because nobody asked.
    """

    def __init__(self, spec: ModelSpec, root: Path, file_digest: FileDigest) -> None:
        self._spec, self._root, self._file_digest = spec, root, file_digest
        self.found: dict[str, Standing] = {}

    def of(self, step: Step, manifest: Manifest) -> Standing:
        """Return how a step stands now, and remember it for the steps that need it."""
        for need in step.needs:
            self.outside(need, manifest)
        now = standing(step, manifest, self._spec, self._root, self.found, self._file_digest, date.today())
        self.found[step.id] = replace(now, stage=step.stage.name)
        return self.found[step.id]

    def outside(self, need: str, manifest: Manifest) -> None:
        """Look at a recorded step that was not asked for yet: the pipeline at hand may not hold it."""
        if need in self.found or need not in manifest.steps:
            return
        name = manifest.steps[need].stage
        if name not in registry.entries():
            self.found[need] = Standing(State.STALE, f"the stage {name} is not installed")
            return
        step = Step(need, registry.stage(name)(), recorded_needs=tuple(manifest.steps[need].key.needs))
        for deeper in step.needs:
            self.outside(deeper, manifest)
        now = standing(
            step,
            manifest,
            self._spec,
            self._root,
            self.found,
            self._file_digest,
            date.today(),
            any_options=True,
        )
        self.found[need] = replace(now, stage=name)


def _readable(stage: Stage, facts: dict[str, Any]) -> bool:
    """Tell whether recorded facts fit the stage's own model of them; a stage without one reads none."""
    if not facts or stage.Facts is Facts:
        return True
    try:
        stage.Facts.model_validate(facts)
    except ValidationError:
        return False
    return True


def present(spec: ModelSpec, path: str) -> bool:
    """Tell whether the spec has something at a dotted path."""
    return bool(_part(spec, path))


def _part(spec: ModelSpec, path: str) -> Any:
    value: Any = spec
    for name in path.split("."):
        value = getattr(value, name, None)
    return plain(value)


def plain(value: Any) -> Any:
    """Return a part of the spec as JSON-like data, of which a digest can be made."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _difference(old: Key, new: Key) -> str:
    changed = [
        name
        for name in ("spec", "files", "options", "version", "tools")
        if getattr(old, name) != getattr(new, name)
    ]
    gone = sorted(old.needs.keys() - new.needs.keys())
    names = {
        "spec": "model.yaml",
        "files": "files it reads",
        "options": "options",
        "version": "the stage itself",
    }
    words = [names[name] for name in changed if name in names]
    if "tools" in changed:
        moved = sorted(
            name for name in {*old.tools, *new.tools} if old.tools.get(name) != new.tools.get(name)
        )
        words.append(f"tools ({', '.join(moved)})")
    words += [f"the result of {name}" for name in sorted(new.needs) if old.needs.get(name) != new.needs[name]]
    words += [f"{name}, which is no more" for name in gone]
    return f"changed since: {', '.join(words)}"


def _first_error(record: StepRecord) -> str:
    for finding in record.result.findings:
        if finding.severity == "error":
            return f"{finding.code} {finding.message}"
    return "failed"
