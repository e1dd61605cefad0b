"""`service.json`: what one service serves. Written by the scaffold, read here, unknown keys refused."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from . import engines, inputs, tasks
from .errors import StartupError
from .parameters import Parameter
from .steps import PostprocessStep, PreprocessStep

FILE_NAME = "service.json"


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts:
        raise ValueError("must be a path inside the service's folder")
    return path


def _known_engine(name: str) -> str:
    if name not in engines.names():
        raise ValueError(f"no such engine; there are: {', '.join(engines.names())}")
    return name


def _known_task(name: str) -> str:
    if name not in tasks.names():
        raise ValueError(f"no such task; there are: {', '.join(tasks.names())}")
    return name


def _known_kind(name: str) -> str:
    if name not in inputs.names():
        raise ValueError(f"no such kind of input; there are: {', '.join(inputs.names())}")
    return name


def _bare_digest(value: str) -> str:
    return value.removeprefix("sha256:")


RelativePath = Annotated[str, AfterValidator(_inside)]
Digest = Annotated[str, Field(pattern=r"^(sha256:)?[0-9a-f]{64}$"), AfterValidator(_bare_digest)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metadata(_Section):
    """What `/model/metadata` answers; `license` is an SPDX expression."""

    id: str = Field(min_length=1)
    name: str
    description: str
    type: str
    source: str
    license: str


class Api(_Section):
    """Title, text and version of the API documents; the version is also the model's version in `/v2`."""

    title: str
    description: str = ""
    version: str = "1.0.0"


class EngineConfig(_Section):
    """Which engine runs which file (or SavedModel folder), and the digest that it must have."""

    name: Annotated[str, AfterValidator(_known_engine)]
    path: RelativePath
    sha256: Digest


class Input(_Section):
    """What a request carries under which name, and the model's input tensor where the model has more than one."""

    kind: Annotated[str, AfterValidator(_known_kind)] = "image"
    field: str = Field(default="", validate_default=True)
    tensor: str | None = None

    @field_validator("field")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        return value or inputs.find(info.data.get("kind", "image")).default_field


class Constant(_Section):
    """An input of the model that is the same in every request, such as a sampling rate."""

    dtype: Literal["float32", "float64", "int32", "int64", "bool"]
    value: Any


class State(_Section):
    """An input that takes what an output gave for the window before; zeros for the first."""

    output: str
    dtype: Literal["float32", "float64", "int32", "int64"] = "float32"
    shape: tuple[Annotated[int, Field(ge=1)], ...]


class Limits(_Section):
    """What one request may cost, and how many are admitted at once (null: engines + 16).

    `seconds` is the length of a sound, `items` the number of texts or rows, `answer_seconds` the time from a
    request's admission to its answer.
    """

    body_bytes: int = Field(default=16 * 1024 * 1024, ge=1)
    body_seconds: float = Field(default=30.0, gt=0)
    pixels: int = Field(default=50_000_000, ge=1)
    seconds: float = Field(default=600.0, gt=0)
    items: int = Field(default=256, ge=1)
    answer_seconds: float = Field(default=60.0, gt=0)
    in_flight: int | None = Field(default=None, ge=1)


class ServiceConfig(_Section):
    """One service: its texts, its model, its steps, its parameters and its limits."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_: Literal["maxctl/service/1"] = Field(alias="schema")
    metadata: Metadata
    api: Api
    task: Annotated[str, AfterValidator(_known_task)]
    engine: EngineConfig
    labels: RelativePath | None = None
    input: Input = Input()
    preprocess: tuple[PreprocessStep, ...] = ()
    constants: dict[str, Constant] = {}
    state: dict[str, State] = {}
    outputs: dict[str, str] = {}
    postprocess: tuple[PostprocessStep, ...] = ()
    hook: RelativePath | None = None
    response: RelativePath | None = None
    parameters: dict[str, Parameter] = {}
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _steps_fit(self) -> ServiceConfig:
        task = tasks.find(self.task)
        kind = self.input.kind
        if kind not in task.inputs:
            raise ValueError(
                f"input.kind: task {self.task} takes {', '.join(sorted(task.inputs))}, not {kind}"
            )
        first = inputs.find(kind).first_step
        if first is not None:
            at = [step.step == first for step in self.preprocess]
            if at[:1] != [True] or any(at[1:]):
                raise ValueError(f"preprocess: {first} must be the first step, once")
        if self.hook is None:
            _check_roles(self.task, task, self.outputs)
        if task.needs_labels and self.labels is None:
            raise ValueError(f"labels: task {self.task} answers with labels: name their file")
        known = {str(kind.model_fields["step"].default) for kind in task.steps}
        for step in self.postprocess:
            if step.step not in known:
                there = ", ".join(sorted(known)) or "none"
                raise ValueError(f"postprocess: task {self.task} has no step {step.step}; it has {there}")
            if undeclared := step.needs() - self.parameters.keys():
                raise ValueError(
                    f"postprocess: {step.step} uses {', '.join(sorted(undeclared))}: declare that parameter"
                )
        if self.task == tasks.CUSTOM and (self.hook is None or self.response is None):
            raise ValueError(f"task {self.task} needs a hook, and in response the JSON Schema of its answer")
        return self


def _check_roles(name: str, task: tasks.Task, outputs: dict[str, str]) -> None:
    if missing := task.required_roles - outputs.keys():
        raise ValueError(f"outputs: task {name} needs {', '.join(sorted(missing))}")
    if unknown := outputs.keys() - task.roles:
        there = ", ".join(sorted(task.roles))
        raise ValueError(f"outputs: task {name} has no {', '.join(sorted(unknown))}; it knows {there}")


def load(path: Path) -> ServiceConfig:
    """Return the checked configuration in the file; every fault is told at once, by its place."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartupError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise StartupError(f"{path}: is not JSON ({error})") from error
    try:
        return ServiceConfig.model_validate(value)
    except ValidationError as error:
        places = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        faults = "; ".join(f"{place}: {reason}" if place else reason for place, reason in places)
        raise StartupError(f"{path}: {faults}") from error
