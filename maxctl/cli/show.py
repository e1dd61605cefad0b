"""`maxctl show`: explain stages, finding codes, pipelines, tasks, their steps, and schemas."""

from __future__ import annotations

import difflib
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import emit, errors
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import MaxctlError, UsageError

if TYPE_CHECKING:
    from maxctl.core.stage import Stage


class Topic(StrEnum):
    """What can be shown."""

    STAGES = "stages"
    CODE = "code"
    CODES = "codes"
    PIPELINES = "pipelines"
    SCHEMA = "schema"
    TASKS = "tasks"
    STEPS = "steps"


def command() -> Any:
    """Return the command."""
    return build(show, "show")


def show(
    topic: Annotated[Topic, typer.Argument(help="What to show.")],
    name: Annotated[
        str | None,
        typer.Argument(
            help="A finding code for `code`; a step for `steps`; spec, manifest or pipeline for `schema`."
        ),
    ] = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Explain stages, a finding code, pipelines, tasks and their steps, or print the JSON Schema of a file."""
    if topic is Topic.SCHEMA:
        from maxctl.core.schemas import schema

        emit(schema(name or "spec"), output)
        return
    broken: list[MaxctlError] = []
    if topic is Topic.STEPS and name:
        emit(_step(name, format_), output)
        return
    if topic in (Topic.CODE, Topic.CODES):
        codes = _codes(broken)
        rows = [row for row in codes if topic is Topic.CODES or row["code"] == (name or "").upper()]
        if not rows:
            _tell(broken)
            known = [row["code"] for row in codes]
            close = difflib.get_close_matches((name or "").upper(), known, n=3, cutoff=0.5)
            raise UsageError(
                f"there is no finding code `{name or ''}`",
                hint=f"did you mean {', '.join(close)}?" if close else "maxctl show codes",
            )
    elif topic is Topic.STAGES:
        rows = _stages(broken)
    elif topic is Topic.TASKS:
        rows = _tasks()
    elif topic is Topic.STEPS:
        rows = _steps()
    else:
        rows = _pipelines(broken)
    _tell(broken)
    if format_ is DataFormat.JSON:
        data = {
            "schema": f"maxctl/{topic}/1",
            str(topic): rows,
            "broken": [error.message for error in broken],
        }
        emit(json.dumps(data, indent=2, ensure_ascii=False), output)
    else:
        emit(_table(rows) if topic is not Topic.CODE else _code(rows[0]), output)


def _tell(broken: list[MaxctlError]) -> None:
    """Tell what could not be loaded; the others are shown all the same."""
    for error in broken:
        errors.print(f"[yellow]left out:[/] {escape(error.message)}", soft_wrap=True)
        if error.hint:
            errors.print(f"[cyan]try:[/] {escape(error.hint)}", soft_wrap=True)


def _loaded(broken: list[MaxctlError]) -> dict[str, type[Stage]]:
    """Return the stages that load; why others do not is added to `broken`."""
    from maxctl.core.registry import entries, stage

    kinds = {}
    for name in entries():
        try:
            kinds[name] = stage(name)
        except MaxctlError as error:
            broken.append(error)
    return kinds


def _stages(broken: list[MaxctlError]) -> list[dict[str, Any]]:
    from maxctl.core.registry import entries
    from maxctl.core.stage import Phase

    kinds = _loaded(broken)
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
    """Return the stages of the lifecycle in its order, whether or not they load."""
    from maxctl.core import pipeline, yaml
    from maxctl.core.errors import PipelineError

    file = yaml.read(pipeline.available(None)["lifecycle"], pipeline.PipelineFile, PipelineError)
    return [step.uses for step in file.steps]


def _codes(broken: list[MaxctlError]) -> list[dict[str, Any]]:
    return [
        {"code": code.code, "stage": name, "title": code.title, "why": code.why}
        for name, kind in _loaded(broken).items()
        for code in sorted(kind.codes, key=lambda code: code.code)
    ]


def _tasks() -> list[dict[str, Any]]:
    """Return the tasks: what they take, the roles that a model's outputs have in them, and their steps."""
    from maxctl.serving import tasks

    rows = []
    for name in tasks.names():
        task = tasks.find(name)
        roles = [role if role in task.required_roles else f"{role}?" for role in sorted(task.roles)]
        steps = [str(step.model_fields["step"].default) for step in task.steps]
        rows.append({"task": name, "takes": sorted(task.inputs), "outputs": roles, "postprocess": steps})
    return rows


def _kinds() -> dict[str, tuple[str, Any]]:
    """Return the steps by name: when they run, and the class of their options."""
    from typing import get_args

    from maxctl.serving.steps import PostprocessStep, PreprocessStep

    unions = (("before", PreprocessStep), ("after", PostprocessStep))
    return {
        str(kind.model_fields["step"].default): (when, kind)
        for when, union in unions
        for kind in get_args(get_args(union)[0])
    }


def _steps() -> list[dict[str, Any]]:
    rows = []
    for name, (when, kind) in _kinds().items():
        options = [option for option in kind.model_fields if option != "step"]
        rows.append({"step": name, "runs": f"{when} the model", "options": options, "does": _first(kind)})
    return rows


def _first(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _step(name: str, format_: DataFormat) -> str:
    """Return all that there is to know of a step: what it does, and the schema of its options."""
    import inspect

    from maxctl.cli.formats.table import console, text_of

    known = _kinds()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        raise UsageError(
            f"there is no step `{name}`",
            hint=f"did you mean {', '.join(close)}?" if close else "maxctl show steps",
        )
    when, kind = known[name]
    schema = kind.model_json_schema()
    if format_ is DataFormat.JSON:
        return json.dumps({"schema": "maxctl/step/1", "step": name, "options": schema}, indent=2)
    out = console(None)
    out.print(f"[bold]{name}[/], {when} the model", highlight=False)
    out.print(inspect.cleandoc(kind.__doc__ or ""), highlight=False, markup=False)
    for option, told in schema["properties"].items():
        if option == "step":
            continue
        must = (
            " (required)" if option in schema.get("required", ()) else f" = {json.dumps(told.get('default'))}"
        )
        out.print(f"  [bold]{option}[/]: {escape(_type(told, schema))}{escape(must)}", highlight=False)
    return text_of(out)


def _type(told: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return the type of an option as people write it, from its JSON Schema."""
    if "$ref" in told:
        return _type(schema["$defs"][told["$ref"].rsplit("/", 1)[1]], schema)
    if "enum" in told:
        return " | ".join(map(str, told["enum"]))
    if "const" in told:
        return str(told["const"])
    if "anyOf" in told:
        return " | ".join(_type(one, schema) for one in told["anyOf"])
    kind = {"integer": "whole number", "array": "list", "object": "mapping"}.get(
        told.get("type", ""), told.get("type", "any")
    )
    low = told.get("minimum", told.get("exclusiveMinimum"))
    high = told.get("maximum", told.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f"{kind} from {low} to {high}"
    return f"{kind} of at least {low}" if low is not None else kind


def _pipelines(broken: list[MaxctlError]) -> list[dict[str, Any]]:
    from maxctl.core import pipeline
    from maxctl.core.errors import SpecError
    from maxctl.core.project import Project

    try:
        root: Path | None = Project.find(Path.cwd()).root
    except SpecError:
        root = None
    found = []
    for name in pipeline.available(root):
        try:
            plan = pipeline.load(name, root, _lifecycle_order())
        except MaxctlError as error:
            broken.append(error)
            continue
        found.append({"pipeline": name, "description": plan.description, "steps": list(plan.order)})
    return found


def _code(row: dict[str, Any]) -> str:
    return f"{row['code']}  {row['title']}  ({row['stage']})\n\n{row['why']}"


def _table(rows: list[dict[str, Any]]) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    columns = [key for key in (rows or [{}])[0] if key != "why"]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        cells = [", ".join(row[key]) if isinstance(row[key], list) else str(row[key]) for key in columns]
        table.add_row(*map(Text, cells))
    out.print(table)
    return text_of(out)
