"""`maxctl run`: a pipeline, from the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from maxctl.cli.command import FormatOption, OutputOption, ProjectOption, build, project_at, step_result, tell
from maxctl.cli.console import Bars
from maxctl.cli.formats import Format, Report
from maxctl.core import pipeline
from maxctl.core.errors import UsageError
from maxctl.core.runner import Selection, StepReport, run, worst_exit_code
from maxctl.core.stage import Verdict

MARKS = {"ran": "[green]✓[/]", "recorded": "[green]·[/]", "would run": "[cyan]→[/]", "left out": "[dim]–[/]"}


def command() -> Any:
    """Return the command."""
    return build(run_pipeline, "run")


def run_pipeline(
    name: Annotated[
        str, typer.Argument(metavar="[PIPELINE]", help="`maxctl show pipelines` lists them.")
    ] = "lifecycle",
    from_: Annotated[str | None, typer.Option("--from", help="Begin with this step.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="End with this step.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run this step alone; may be repeated.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run steps although their records still hold.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would run; do nothing.")] = False,
    allow_unavailable: Annotated[
        bool,
        typer.Option(
            "--allow-unavailable", help="Exit with 0 though this machine lacks what some step needs."
        ),
    ] = False,
    project: ProjectOption = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Run a pipeline: skip what is fresh, record what is done, stop only what depends on a failure."""
    if only and (from_ or until):
        raise UsageError(
            f"{'--from' if from_ else '--until'} and --only contradict each other", hint="give one of them"
        )
    place = project_at(project)
    plan = pipeline.load(name, place.root, place.manifest().steps)
    selection = Selection(from_, until, tuple(only or ()), force)
    reports: list[StepReport] = []
    with Bars() as bars:
        for report in run(
            place, plan, selection, bars, dry_run=dry_run, on_start=lambda step: bars.title(f"  {step.id} …")
        ):
            reports.append(report)
            bars.line(_line(report))
    tell(
        Report(f"{plan.name} of {place.spec.id}", tuple(map(step_result, reports)), detailed=False),
        format_,
        output,
    )
    code = worst_exit_code(reports)
    if code and not dry_run and not (allow_unavailable and code == 4):
        for report in reports:
            if report.error is not None:
                raise report.error
        raise typer.Exit(code)


def _line(report: StepReport) -> str:
    mark = MARKS.get(report.action, "[red]✗[/]")
    result = report.record.result if report.record else None
    if report.action in ("ran", "recorded") and result is not None:
        if result.verdict is Verdict.FAILED:
            mark = "[red]✗[/]"
        elif result.verdict is Verdict.SKIPPED:
            mark = "[yellow]–[/]"
        word = f"{result.verdict}{f', {result.skip}' if result.skip else ''}"
    else:
        word = report.action
    took = (
        f"{report.seconds:.1f} s"
        if report.action == "ran"
        else ("from the record" if report.action == "recorded" else "")
    )
    return f"{mark} {report.step.id:<14} {word:<24} [dim]{took}[/]"
