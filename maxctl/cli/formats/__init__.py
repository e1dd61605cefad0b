"""Output formats of findings: one file each, with `render(report, width) -> str`."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from maxctl.core.facts import Facts
from maxctl.core.manifest import Result


class Format(StrEnum):
    """How findings are told; each is the module of its name in this folder."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    JUNIT = "junit"


class DataFormat(StrEnum):
    """How commands that have no findings tell their result."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step as every format tells it."""

    step: str
    stage: str
    action: str
    result: Result | None
    reason: str = ""
    seconds: float = 0.0
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a command has to tell: the steps in order, and whether details are wanted."""

    title: str
    steps: tuple[StepResult, ...]
    detailed: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


def render(report: Report, format_: Format, width: int | None = None) -> str:
    """Return the report in a format; it can be written as UTF-8, whatever bytes a file's name was made of."""
    module = importlib.import_module(f"maxctl.cli.formats.{format_.value}")
    return str(module.render(report, width)).encode("utf-8", "backslashreplace").decode("utf-8")
