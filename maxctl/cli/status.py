"""`maxctl status`: which steps still hold."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from maxctl.cli.command import OutputOption, ProjectOption, build, project_at
from maxctl.cli.console import emit
from maxctl.cli.formats import Format
from maxctl.core import pipeline
from maxctl.core.errors import FINDINGS_AT_THE_GATE, UsageError
from maxctl.core.freshness import State
from maxctl.core.runner import standings


def command() -> Any:
    """Return the command."""
    return build(status, "status")


def status(
    name: Annotated[
        str, typer.Argument(metavar="[PIPELINE]", help="`maxctl show pipelines` lists them.")
    ] = "lifecycle",
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every output again, whatever its time stamp says.")
    ] = False,
    project: ProjectOption = None,
    format_: Annotated[
        Format,
        typer.Option("--format", "-f", metavar="<table|json|markdown>", help="How the result is told."),
    ] = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Tell how each step stands today: fresh, stale and why, failed, not run. Exit code 1 unless all is fresh."""
    if format_ in (Format.SARIF, Format.JUNIT):
        raise UsageError(
            f"status tells how steps stand, and {format_.value} tells findings",
            hint=f"maxctl run -f {format_.value}",
        )
    place = project_at(project)
    recorded = place.manifest()
    plan = pipeline.load(name, place.root, recorded.steps)
    found = standings(place, plan, verify=verify)
    rows = []
    for step in plan.steps:
        record = recorded.steps.get(step.id)
        rows.append(
            {
                "step": step.id,
                "phase": str(step.stage.phase),
                "state": str(found[step.id].state),
                "verdict": str(record.result.verdict) if record else None,
                "skip": str(record.result.skip) if record and record.result.skip else None,
                "reason": found[step.id].reason,
            }
        )
    if format_ is Format.JSON:
        emit(
            json.dumps({"schema": "maxctl/status/1", "model": place.spec.id, "steps": rows}, indent=2), output
        )
    elif format_ is Format.MARKDOWN:
        emit(_markdown(place.spec.id, rows, plan.name), output)
    else:
        emit(_table(place.spec.id, rows, plan.name), output)
    if any(now.state not in (State.FRESH, State.LEFT_OUT) for now in found.values()):
        raise typer.Exit(FINDINGS_AT_THE_GATE)


def _table(model: str, rows: list[dict[str, Any]], plan: str) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import COLOURS, console, text_of

    out = console(None)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("phase", "step", "state", "verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("why")
    colours = {"fresh": "green", "failed": "red", "changed": "red"}
    phase = ""
    for row in rows:
        shown = row["phase"] if row["phase"] != phase else ""
        phase = row["phase"]
        table.add_row(
            shown,
            row["step"],
            Text(row["state"], colours.get(row["state"], "yellow")),
            Text(_verdict(row), COLOURS.get(row["verdict"] or "", "")),
            Text(row["reason"]),
        )
    out.print(table)
    out.print()
    out.print(f"{model}: {_to_do(rows, plan)}")
    return text_of(out)


def _markdown(model: str, rows: list[dict[str, Any]], plan: str) -> str:
    from maxctl.cli.formats import markdown

    cells = [(row["phase"], row["step"], row["state"], _verdict(row), row["reason"]) for row in rows]
    return "\n\n".join(
        (
            f"### maxctl status of {markdown.plain(model)}",
            markdown.table(("phase", "step", "state", "verdict", "why"), cells),
            markdown.plain(_to_do(rows, plan)),
        )
    )


def _verdict(row: dict[str, Any]) -> str:
    return ", ".join(word for word in (row["verdict"], row["skip"]) if word)


def _to_do(rows: list[dict[str, Any]], plan: str) -> str:
    todo = sum(row["state"] not in ("fresh", "left out") for row in rows)
    command = "maxctl run" if plan == "lifecycle" else f"maxctl run {plan}"
    return f"{todo} of {len(rows)} steps to do; `{command}` does them" if todo else "all steps hold"
