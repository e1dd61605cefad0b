"""What the commands share: how one is built, its common options, and which project it works on."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxctl.cli.console import guarded
from maxctl.cli.formats import DataFormat, Format, Report, StepResult, render
from maxctl.core.errors import UsageError
from maxctl.core.facts import Facts

if TYPE_CHECKING:
    from maxctl.core.project import Project
    from maxctl.core.runner import StepReport

ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", "-C", help="Folder of the project, by default this one or the one around it."),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How the result is told.")]
DataFormatOption = Annotated[DataFormat, typer.Option("--format", "-f", help="How the result is told.")]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        callback=lambda path: (
            path.absolute() if path else None
        ),  # before the project's folder becomes the current
        help="File to write the result to, instead of standard output.",
    ),
]


def build(function: Callable[..., Any], name: str) -> Any:
    """Return the function as a command that fails with one message and the right exit code."""

    @functools.wraps(function)
    def safe(*args: Any, **values: Any) -> Any:
        with guarded():
            return function(*args, **values)

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name, context_settings={"help_option_names": ["-h", "--help"]})(safe)
    return typer.main.get_command(app)


def project_at(folder: Path | None) -> Project:
    """Return the project that a command works on, and make its folder the current one."""
    from maxctl.core.project import Project

    if folder is not None and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", hint="`maxctl init FOLDER` starts a project")
    project = Project.find(folder or Path.cwd())
    os.chdir(project.root)
    return project


def step_result(report: StepReport) -> StepResult:
    """Return a step of a run as the formats take it."""
    result = report.record.result if report.record else None
    kind = report.step.stage.Facts
    facts = kind.model_validate(result.facts) if result and result.facts and kind is not Facts else None
    reason = report.reason
    if report.error is not None and report.error.hint:
        reason = f"{report.reason}; try: {report.error.hint}"
    if facts is not None:
        facts = report.step.stage.present(facts)
    return StepResult(
        report.step.id, report.step.stage.name, report.action, result, reason, report.seconds, facts
    )


def tell(report: Report, format_: Format, output: Path | None) -> None:
    """Write a report where the user wants it."""
    from maxctl.cli.console import emit

    emit(render(report, format_), output)
