"""One command per installed stage; its flags come from the stage's options."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from maxctl.cli.command import FormatOption, OutputOption, ProjectOption, build, project_at, step_result, tell
from maxctl.cli.console import Bars
from maxctl.cli.formats import Format, Report, StepResult
from maxctl.core import registry
from maxctl.core.cache_folder import cache_folder
from maxctl.core.errors import FINDINGS_AT_THE_GATE, SpecError, ToolMissingError, UsageError
from maxctl.core.manifest import Result
from maxctl.core.stage import Outcome, Skip, Stage, Verdict

if TYPE_CHECKING:
    from maxctl.core.pipeline import Pipeline, Step
    from maxctl.core.project import Project


def stage_command(name: str) -> Any:
    """Return the command of a stage."""
    kind = registry.stage(name)

    def command(
        targets: list[str] | str | None = None,
        project: Path | None = None,
        format_: Format = Format.TABLE,
        output: Path | None = None,
        force: bool = False,
        **values: Any,
    ) -> None:
        if own_output:
            values["output"], output = output, None
        try:
            stage = kind(
                kind.Options.model_validate(
                    {key: value for key, value in values.items() if value is not None}
                )
            )
        except ValidationError as error:
            fault = error.errors()[0]
            flag = "--" + "-".join(str(part) for part in fault["loc"]).replace("_", "-")
            raise UsageError(f"{flag}: {fault['msg']}", hint=f"maxctl {name} --help") from None
        named = [targets] if isinstance(targets, str) else targets or []
        if named and project is not None:
            raise UsageError("--project and a path contradict each other", hint="give one of them")
        if not stage.records() and not kind.takes_path():
            _rehearsed(project_at(project), stage, format_, output)
        elif named or not stage.records():
            _without_project(stage, named or [_here(project)], format_, output)
        else:
            _in_project(project_at(project), stage, force, format_, output)

    own_output = "output" in kind.Options.model_fields  # where the stage itself writes to
    parameters = [
        *([_targets(several=kind.takes_paths())] if kind.takes_path() else []),
        *(_option(key, field) for key, field in kind.Options.model_fields.items()),
        inspect.Parameter("project", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ProjectOption),
        inspect.Parameter(
            "force",
            inspect.Parameter.KEYWORD_ONLY,
            default=False,
            annotation=Annotated[
                bool, typer.Option("--force", help="Run although the recorded result still holds.")
            ],
        ),
        inspect.Parameter(
            "format_", inspect.Parameter.KEYWORD_ONLY, default=Format.TABLE, annotation=FormatOption
        ),
    ]
    if not own_output:
        parameters.append(
            inspect.Parameter("output", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=OutputOption)
        )
    command.__doc__ = inspect.getdoc(kind)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    built = build(command, name)
    alone = {
        f"--{key.replace('_', '-')}": field.json_schema_extra["alone"]
        for key, field in kind.Options.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and "alone" in field.json_schema_extra
    }
    if alone:
        _let_stand_alone(built, alone)
    return built


def _parameter(name: str, annotation: Any, default: Any, declared: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, declared]
    )


def _targets(several: bool) -> inspect.Parameter:
    what = "Work on this instead of the project; nothing is recorded."
    if several:
        what = "Work on these instead of the project, and compare them; nothing is recorded."
    declared = typer.Argument(metavar="PATH", help=what, show_default=False)
    return _parameter("targets", list[str] | None if several else str | None, None, declared)


def _option(key: str, field: FieldInfo) -> inspect.Parameter:
    flag = f"--{key.replace('_', '-')}"
    if field.annotation is bool:
        flag = f"{flag}/--no-{key.replace('_', '-')}" if field.default else flag
    option = typer.Option(flag, help=field.description or "")
    if key == "output":  # before the project's folder becomes the current one
        option = typer.Option(
            flag, "-o", help=field.description or "", callback=lambda path: path.absolute() if path else None
        )
    return _parameter(key, field.annotation, field.get_default(), option)


def _let_stand_alone(command: Any, alone: dict[str, Any]) -> None:
    """Let an option stand without a value: `--golden` alone means `--golden golden`.

    Typer 0.29 dropped Click's `flag_value` for options that also take a value.
    """
    parse = command.parse_args

    def parse_args(ctx: Any, args: list[str]) -> Any:
        whole: list[str] = []
        for index, arg in enumerate(args):
            whole.append(arg)
            following = args[index + 1] if index + 1 < len(args) else None
            if arg in alone and (following is None or following.startswith("-")):
                whole.append(str(alone[arg]))
        return parse(ctx, whole)

    command.parse_args = parse_args


def _here(project: Path | None) -> str:
    """Return the project that is meant though nothing is recorded, else the current folder."""
    if project is not None:
        return str(project_at(project).root)
    from maxctl.core.project import Project

    try:
        return str(Project.find(Path.cwd()).root)
    except SpecError:
        return "."


def _rehearsed(project: Project, stage: Stage, format_: Format, output: Path | None) -> None:
    from maxctl.core.runner import rehearse

    plan, step = _placed(project, stage)
    with Bars() as bars:
        outcome = rehearse(project, plan, step, bars)
    _told(f"{stage.name} {project.spec.id}", stage, outcome, format_, output)


def _without_project(stage: Stage, targets: list[str], format_: Format, output: Path | None) -> None:
    with Bars() as bars:
        outcome = stage.on_paths(targets, cache_folder(), bars)
    _told(f"{stage.name} {' '.join(targets)}", stage, outcome, format_, output)


def _told(title: str, stage: Stage, outcome: Outcome, format_: Format, output: Path | None) -> None:
    tell(Report(title, (_result(stage, outcome),), extra=dict(outcome.document or {})), format_, output)
    if outcome.verdict is Verdict.FAILED:
        raise typer.Exit(FINDINGS_AT_THE_GATE)
    if outcome.skip is Skip.UNAVAILABLE:
        raise typer.Exit(ToolMissingError.exit_code)


def _result(stage: Stage, outcome: Outcome) -> StepResult:
    result = Result(
        verdict=outcome.verdict,
        skip=outcome.skip,
        reason=outcome.reason,
        findings=outcome.findings,
        facts=outcome.facts.model_dump(mode="json") if outcome.facts else {},
        valid_until=outcome.valid_until,
    )
    return StepResult(stage.name, stage.name, "ran", result, facts=outcome.facts)


def _in_project(project: Project, stage: Stage, force: bool, format_: Format, output: Path | None) -> None:
    from maxctl.core.runner import Selection, run, worst_exit_code

    plan, step = _placed(project, stage)
    with Bars() as bars:
        reports = list(run(project, plan, Selection(only=(step.id,), force=force), bars))
    broken = next((report.error for report in reports if report.error is not None), None)
    if broken is None or format_ is not Format.TABLE:  # a table would only say the error once more
        tell(Report(step.id, tuple(step_result(report) for report in reports)), format_, output)
    if broken is not None:
        raise broken
    code = worst_exit_code(reports)
    if code:
        raise typer.Exit(code)


def _placed(project: Project, stage: Stage) -> tuple[Pipeline, Step]:
    """Return the lifecycle with this stage at its step: the one with these options, else the stage's own."""
    from maxctl.core import pipeline
    from maxctl.core.pipeline import Pipeline, Step

    plan = pipeline.load("lifecycle", project.root, project.manifest().steps)
    same = [step for step in plan.steps if step.stage.name == stage.name]
    exact = next((step for step in same if step.stage.options == stage.options), None)
    if exact is not None:
        return plan, exact
    if stage.name in plan.order:
        place = plan.order.index(stage.name)
        step = replace(plan.steps[place], stage=stage)
        steps = (*plan.steps[:place], step, *plan.steps[place + 1 :])
    else:
        step = Step(stage.name, stage, before=plan.order)
        steps = (*plan.steps, step)
    return Pipeline(plan.name, plan.description, steps), step
