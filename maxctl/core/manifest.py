"""The record, `manifest.yaml`: written by stages only, one entry per pipeline step."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.core import digest
from maxctl.core.errors import ManifestError
from maxctl.core.findings import Finding
from maxctl.core.stage import Skip, Verdict

SCHEMA_VERSION = 1
HEAD = "Written by maxctl; the record of what was done. Edit model.yaml instead."


class Record(BaseModel):
    """A part of the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Output(Record):
    """A file or folder that a step wrote, by its digest."""

    path: str
    sha256: str


class Key(Record):
    """All that a result hangs on. Equal keys mean equal results."""

    digest: str
    spec: str
    files: str
    options: str
    needs: dict[str, str]
    version: int
    tools: dict[str, str]


class Result(Record):
    """What a step found and made; the same bytes for the same key on one platform."""

    verdict: Verdict
    skip: Skip | None = None
    reason: str | None = None
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    valid_until: date | None = None

    def digest(self) -> str:
        """Return the digest that dependants carry in their keys."""
        return digest.of_value(self.model_dump(mode="json"))


class MadeBy(Record):
    """The machine's part: never compared."""

    maxctl: str
    python: str
    platform: str


class StepRecord(Record):
    """The record of one step."""

    stage: str
    key: Key
    result: Result
    made_by: MadeBy


class Manifest(Record):
    """The records of a model, by step id."""

    schema_version: Literal[1]
    model: str
    steps: dict[str, StepRecord] = Field(default_factory=dict)

    def with_step(self, step: str, record: StepRecord, order: tuple[str, ...] = ()) -> Manifest:
        """Return the manifest with one record replaced; a new one stands behind what `order` puts before it."""
        names = list(self.steps)
        if step not in names:
            before = order[: order.index(step)] if step in order else order
            names.insert(max((names.index(name) + 1 for name in before if name in names), default=0), step)
        steps = {**self.steps, step: record}
        return self.model_copy(update={"steps": {name: steps[name] for name in names}})

    def save(self, path: Path) -> None:
        """Write the manifest; at any moment the file on disk is whole."""
        from maxctl.core import yaml  # not needed to tell results

        yaml.write(path, self.model_dump(mode="json", exclude_none=True), HEAD)


def load(path: Path, model: str) -> Manifest:
    """Return the manifest at `path`, or an empty one; raises `ManifestError` for a damaged or newer file."""
    if not path.exists():
        return Manifest(schema_version=SCHEMA_VERSION, model=model)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ManifestError(f"{path.name} is not UTF-8 text", hint=_MEND) from None
    from maxctl.core import yaml

    document = yaml.parse(text, path.name, ManifestError)
    version = document.data.get("schema_version") if isinstance(document.data, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ManifestError(
            f"{path.name} has schema version {version}; this maxctl reads up to {SCHEMA_VERSION}",
            hint="pip install --upgrade maxctl",
        )
    try:
        manifest = yaml.validate(document, Manifest, ManifestError)
    except ManifestError as error:
        error.hint = _MEND
        raise
    if manifest.model != model:
        raise ManifestError(
            f"{path.name} is the record of `{manifest.model}`, but model.yaml describes `{model}`",
            hint="set `id` in model.yaml back, or move manifest.yaml away to start a new record",
        )
    return manifest


_MEND = "restore it from version control, or move it away and run `maxctl run` to make it anew"


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data, without empty parts."""
    data = asdict(finding)
    if finding.place is None:
        del data["place"]
    else:
        data["place"] = {key: value for key, value in data["place"].items() if value is not None}
    return data
