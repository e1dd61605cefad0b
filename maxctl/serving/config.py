"""`service.json`: what one service serves. Written by the scaffold, read here, unknown keys refused."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import engines, tasks
from .errors import StartupError
from .parameters import Parameter
from .steps import DecodeImage, PostprocessStep, PreprocessStep, ScoreThreshold

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
    """The name of the upload, its kind, and the model's input tensor where the model has more than one."""

    field: str = Field(default="image", min_length=1)
    kind: Literal["image"] = "image"
    tensor: str | None = None


class Limits(_Section):
    """What one request may cost, and how many are admitted at once (null: engines + 16)."""

    body_bytes: int = Field(default=16 * 1024 * 1024, ge=1)
    body_seconds: float = Field(default=30.0, gt=0)
    pixels: int = Field(default=50_000_000, ge=1)
    in_flight: int | None = Field(default=None, ge=1)


class ServiceConfig(_Section):
    """One service: its texts, its model, its steps, its parameters and its limits."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_: Literal["maxctl/service/1"] = Field(alias="schema")
    metadata: Metadata
    api: Api
    task: Annotated[str, AfterValidator(_known_task)]
    engine: EngineConfig
    labels: RelativePath
    input: Input = Input()
    preprocess: tuple[PreprocessStep, ...]
    outputs: dict[str, str]
    postprocess: tuple[PostprocessStep, ...]
    parameters: dict[str, Parameter] = {}
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _steps_fit(self) -> ServiceConfig:
        decoders = [isinstance(step, DecodeImage) for step in self.preprocess]
        if decoders[:1] != [True] or any(decoders[1:]):
            raise ValueError("preprocess: decode_image must be the first step, once")
        known, required = tasks.find(self.task).roles, tasks.find(self.task).required_roles
        if missing := required - self.outputs.keys():
            raise ValueError(f"outputs: task {self.task} needs {', '.join(sorted(missing))}")
        if unknown := self.outputs.keys() - known:
            there = ", ".join(sorted(known))
            raise ValueError(
                f"outputs: task {self.task} has no {', '.join(sorted(unknown))}; it knows {there}"
            )
        asked = {step.parameter for step in self.postprocess if isinstance(step, ScoreThreshold)}
        if undeclared := asked - self.parameters.keys():
            raise ValueError(
                f"postprocess: score_threshold uses {', '.join(undeclared)}: declare that parameter"
            )
        return self


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
