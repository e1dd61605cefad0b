"""Pipelines: ordered lists of steps, from `pipelines/*.yaml` of the project or of maxctl."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from maxctl.core import registry, resources, yaml
from maxctl.core.errors import PipelineError
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import Stage


class PipelineStep(BaseModel):
    """One step as a pipeline file states it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    uses: str = Field(description="name of a stage")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] | None = Field(
        default=None, description="name of the step, by default the stage's"
    )
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="options of the stage")
    when: str | None = Field(
        default=None,
        description="dotted path of the spec: the step is left out where the spec has nothing there",
    )


class PipelineFile(BaseModel):
    """A pipeline file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    schema_version: Literal[1]
    name: str
    description: str
    steps: Annotated[tuple[PipelineStep, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Step:
    """A step ready to run: its id, its stage with options, and the spec path that it waits for."""

    id: str
    stage: Stage
    when: str | None = None
    before: tuple[str, ...] = ()
    """The steps before it, which matter to a gate."""
    recorded_needs: tuple[str, ...] | None = None
    """What its record hangs on, for a step that no pipeline at hand describes: its options are not known."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The steps that its result hangs on."""
        if self.recorded_needs is not None:
            return self.recorded_needs
        needed = self.stage.needed()
        return tuple(dict.fromkeys((*needed, *self.before))) if self.stage.gate else needed


@dataclass(frozen=True)
class Pipeline:
    """Steps in an order in which every step stands behind what it needs."""

    name: str
    description: str
    steps: tuple[Step, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The step ids in order."""
        return tuple(step.id for step in self.steps)


def available(root: Path | None) -> dict[str, Path]:
    """Return the pipelines by name; those of the project win over those of maxctl."""
    found = {path.stem: path for path in sorted(resources.path("pipelines").glob("*.yaml"))}
    if root is not None:
        found |= {path.stem: path for path in sorted((root / "pipelines").glob("*.yaml"))}
    return found


def load(name: str, root: Path | None, recorded: Collection[str] = ()) -> Pipeline:
    """Return a pipeline by name, checked; `recorded` are steps that the manifest already holds.

    Raises `PipelineError` for an unknown pipeline or stage, bad options, a repeated id, or a step that
    stands before something it needs.
    """
    known = available(root)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        raise PipelineError(
            f"there is no pipeline `{name}`",
            hint=f"did you mean `{close[0]}`?" if close else f"pipelines: {', '.join(known)}",
        )
    path = known[name]
    document = yaml.document(path, PipelineError, f"pipelines/{path.name}")
    file = yaml.validate(document, PipelineFile, PipelineError)
    problems: list[str] = []
    steps: list[Step] = []
    for index, item in enumerate(file.steps):
        line, column = document.at(("steps", index))
        where = f"{document.name}:{line}:{column}"
        try:
            kind = registry.stage(item.uses, PipelineError)
            options = kind.Options.model_validate(item.with_)
        except PipelineError as error:
            problems.append(f"{where}: {error.message}; {error.hint}")
            continue
        except ValidationError as error:
            problems += [
                f"{where}: with.{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                for fault in error.errors()
            ]
            continue
        step = Step(item.id or item.uses, kind(options), item.when, tuple(earlier.id for earlier in steps))
        if not step.stage.records():
            problems.append(
                f"{where}: with these options `{step.id}` records nothing; it has no place in a pipeline"
            )
        unknown = _unknown_part(step.when)
        if unknown:
            problems.append(f"{where}: when: {unknown}")
        if step.id in step.before:
            problems.append(f"{where}: the step `{step.id}` stands here twice; give one of them another `id`")
        missing = [need for need in step.stage.needed() if need not in step.before and need not in recorded]
        if missing:
            problems.append(
                f"{where}: `{step.id}` needs {', '.join(f'`{need}`' for need in missing)}, which no earlier step"
                " gives and the manifest does not hold; put it before"
            )
        steps.append(step)
    if problems:
        raise PipelineError(f"{document.name} cannot run", problems=tuple(problems))
    return Pipeline(file.name, file.description, tuple(steps))


def _unknown_part(when: str | None) -> str | None:
    """Return what is wrong with a condition: a misspelt one would switch its step off for good."""
    parts = tuple(when.split(".")) if when else ()
    for index, part in enumerate(parts):
        keys = yaml.keys_at(ModelSpec, parts[:index])
        if part not in keys:
            close = difflib.get_close_matches(part, keys, n=1, cutoff=0.5)
            return f"the spec has no `{when}`" + (f"; did you mean `{close[0]}`?" if close else "")
    return None
