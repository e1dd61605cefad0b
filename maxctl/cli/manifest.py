"""`maxctl manifest merge`: one record from those of parallel jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, ProjectOption, build, project_at
from maxctl.cli.console import emit, errors
from maxctl.cli.formats import DataFormat
from maxctl.cli.merge_told import as_conflicts, as_json, as_table
from maxctl.core import pipeline
from maxctl.core.errors import FINDINGS_AT_THE_GATE, UsageError
from maxctl.core.merge import Part, join
from maxctl.core.pipeline import Pipeline
from maxctl.core.project import MANIFEST


def command() -> Any:
    """Return the group of commands."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_about)
    group = typer.main.get_group(app)
    group.add_command(build(merge, "merge"), "merge")
    return group


def _about() -> None:
    """Work on the record, manifest.yaml, as a whole."""


def merge(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The manifest.yaml of each job.", show_default=False),
    ],
    name: Annotated[
        str,
        typer.Option("--pipeline", help="Whose order and options count; `maxctl show pipelines` lists them."),
    ] = "lifecycle",
    project: ProjectOption = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            callback=lambda path: path.absolute() if path else None,
            help="File for the joined manifest, instead of the project's own, which is joined with the others.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Join the manifests of parallel jobs by step. Of two results the one that holds today wins.

    Two different results that both hold are a conflict: it is named, nothing is written, the exit code is 1.
    """
    from maxctl.core.merge_inputs import read_all
    from maxctl.core.merge_today import Today

    given = [(str(path), path.absolute()) for path in files]
    place = project_at(project)
    target = output or place.manifest_path
    if target.exists() and not target.is_file():
        raise UsageError(f"--output {target} is no file", hint="name a file, or leave --output out")
    own = place.manifest_path
    with place.locked():
        # who joins into the record must not lose what it holds already
        joins_own = target.resolve() == own.resolve() and own.exists()
        if joins_own and not any(path.resolve() == own.resolve() for _, path in given):
            given.append((MANIFEST, own))
        parts = read_all(given, place.spec.id)
        plan = pipeline.load(name, place.root, {step for part in parts for step in part.manifest.steps})
        today = Today(place, plan)
        joined = join(parts, today.hangs_on, _order(plan, place.root, parts))
        states = {} if joined.conflicts else today.standings(joined.manifest)
        if not joined.conflicts:
            target.parent.mkdir(parents=True, exist_ok=True)
            joined.manifest.save(target.resolve())  # a link stays a link
            today.files.save()
            errors.print(f"wrote {output or MANIFEST}", markup=False, soft_wrap=True)
    if format_ is DataFormat.JSON:
        emit(as_json(joined, states), None)
    else:
        emit(as_conflicts(joined, plan) if joined.conflicts else as_table(joined, states, plan), None)
    if joined.conflicts:
        raise typer.Exit(FINDINGS_AT_THE_GATE)


def _order(plan: Pipeline, root: Path, parts: list[Part]) -> list[str]:
    """Return the order of steps: the lifecycle's, and what only the pipeline has behind its predecessors."""
    recorded = {step for part in parts for step in part.manifest.steps}
    order = list(plan.order if plan.name == "lifecycle" else pipeline.load("lifecycle", root, recorded).order)
    for index, step in enumerate(plan.order):
        if step not in order:
            behind = [order.index(earlier) + 1 for earlier in plan.order[:index] if earlier in order]
            order.insert(max(behind, default=len(order)), step)
    return order
