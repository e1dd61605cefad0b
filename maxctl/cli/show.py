"""`maxctl show`: explain stages, finding codes, pipelines and schemas."""

from __future__ import annotations

import difflib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import FormatOption, OutputOption, build
from maxctl.cli.console import emit
from maxctl.cli.formats import Format
from maxctl.core.errors import UsageError


class Topic(StrEnum):
    """What can be shown."""

    STAGES = "stages"
    CODE = "code"
    CODES = "codes"
    PIPELINES = "pipelines"
    SCHEMA = "schema"


def command() -> Any:
    """Return the command."""
    return build(show, "show")


def show(
    topic: Annotated[Topic, typer.Argument(help="What to show.")],
    name: Annotated[
        str | None, typer.Argument(help="A finding code for `code`; spec, manifest or pipeline for `schema`.")
    ] = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Explain stages, a finding code, pipelines, or print the JSON Schema of a file."""
    if topic is Topic.SCHEMA:
        from maxctl.core.schemas import schema

        emit(schema(name or "spec"), output)
        return
    if topic in (Topic.CODE, Topic.CODES):
        rows = [row for row in _codes() if topic is Topic.CODES or row["code"] == (name or "").upper()]
        if not rows:
            known = [row["code"] for row in _codes()]
            close = difflib.get_close_matches((name or "").upper(), known, n=3, cutoff=0.5)
            raise UsageError(
                f"there is no finding code `{name or ''}`",
                hint=f"did you mean {', '.join(close)}?" if close else "maxctl show codes",
            )
    elif topic is Topic.STAGES:
        rows = _stages()
    else:
        rows = _pipelines()
    if format_ is Format.JSON:
        emit(
            json.dumps({"schema": f"maxctl/{topic}/1", str(topic): rows}, indent=2, ensure_ascii=False),
            output,
        )
    else:
        emit(_table(rows) if topic is not Topic.CODE else _code(rows[0]), output)


def _stages() -> list[dict[str, Any]]:
    from maxctl.core.registry import entries, stage
    from maxctl.core.stage import Phase

    kinds = {name: stage(name) for name in entries()}
    order = {name: index for index, name in enumerate(_lifecycle_order())}
    names = sorted(
        kinds, key=lambda name: (list(Phase).index(kinds[name].phase), order.get(name, len(order)), name)
    )
    return [
        {
            "phase": str(kinds[name].phase),
            "stage": name,
            "does": entries()[name].summary(),
            "needs": list(kinds[name].needs),
            "from": entries()[name].distribution,
        }
        for name in names
    ]


def _lifecycle_order() -> list[str]:
    from maxctl.core import pipeline

    return [step.stage.name for step in pipeline.load("lifecycle", None).steps]


def _codes() -> list[dict[str, Any]]:
    from maxctl.core.registry import entries, stage

    return [
        {"code": code.code, "stage": name, "title": code.title, "why": code.why}
        for name in entries()
        for code in sorted(stage(name).codes, key=lambda code: code.code)
    ]


def _pipelines() -> list[dict[str, Any]]:
    from maxctl.core import pipeline
    from maxctl.core.errors import SpecError
    from maxctl.core.project import Project

    try:
        root: Path | None = Project.find(Path.cwd()).root
    except SpecError:
        root = None
    found = []
    for name in pipeline.available(root):
        plan = pipeline.load(name, root, _lifecycle_order())
        found.append({"pipeline": name, "description": plan.description, "steps": list(plan.order)})
    return found


def _code(row: dict[str, Any]) -> str:
    return f"{row['code']}  {row['title']}  ({row['stage']})\n\n{row['why']}"


def _table(rows: list[dict[str, Any]]) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    columns = [key for key in rows[0] if key != "why"]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        cells = [", ".join(row[key]) if isinstance(row[key], list) else str(row[key]) for key in columns]
        table.add_row(*map(Text, cells))
    out.print(table)
    return text_of(out)
