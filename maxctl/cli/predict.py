"""`maxctl predict`: ask the model."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, ProjectOption, build, project_at
from maxctl.cli.console import emit, errors
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import FINDINGS_AT_THE_GATE, SpecError, UsageError
from maxctl.core.facts.convert import ConvertFacts
from maxctl.core.project import Project


def command() -> Any:
    """Return the command."""
    return build(predict, "predict")


def predict(
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, sounds, or files with texts or rows.")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", "-t", help="Short for --parameter threshold=…")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", help="NAME=NUMBER: a parameter of the request.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Draw the answer into this PNG file; for one picture.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="By default the one that the spec chose.")
    ] = None,
    project: ProjectOption = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Ask the converted model, with its declared pre- and post-processing; exit code 1 if an input is refused."""
    files = [path.resolve() for path in inputs]
    for path in files:
        if not path.is_file():
            raise UsageError(f"there is no file {path}", hint="name one or more pictures")
    place = project_at(project)
    parameters = _parameters(parameter or [], threshold)
    if picture is not None and len(files) != 1:
        raise UsageError("--picture draws one answer", hint="name one input")
    answers = _ask(place, files, engine, parameters)
    rows = [{"input": str(shown), **answer} for shown, answer in zip(inputs, answers, strict=True)]
    if picture is not None and answers[0].get("status") == "ok":
        from maxctl.health import drawing

        drawing.draw(files[0], answers[0], picture)
        errors.print(f"wrote {picture}", soft_wrap=True)
    if format_ is DataFormat.JSON:
        emit(
            json.dumps({"schema": "maxctl/predict/1", "answers": rows}, indent=2, ensure_ascii=False), output
        )
    else:
        emit(_table(rows), output)
    if any(row.get("status") != "ok" for row in rows):
        raise typer.Exit(FINDINGS_AT_THE_GATE)


def _parameters(given: list[str], threshold: float | None) -> dict[str, float]:
    parameters = {} if threshold is None else {"threshold": threshold}
    for one in given:
        name, equals, value = one.partition("=")
        try:
            parameters[name] = float(value)
        except ValueError:
            equals = ""
        if not (equals and name):
            raise UsageError(f"--parameter {one}: is not NAME=NUMBER", hint="--parameter threshold=0.5")
    return parameters


def _ask(
    place: Project, files: list[Path], engine: str | None, parameters: dict[str, float]
) -> list[dict[str, Any]]:
    from rich.markup import escape

    from maxctl.adapters import service
    from maxctl.core import digest
    from maxctl.health.prepared_model import companions
    from maxctl.runtimes.service_config import predictor_folder

    record = place.manifest().steps.get("convert")
    if record is None or not record.result.facts:
        raise UsageError("the model is not converted yet", hint="`maxctl run` does all that is to do")
    facts = ConvertFacts.model_validate(record.result.facts)
    known = {candidate.engine: candidate for candidate in facts.candidates}
    wanted = engine or facts.engine
    if wanted not in known:
        raise UsageError(
            f"the model has no form for the engine `{wanted}`", hint=f"there are: {', '.join(known)}"
        )
    path = place.root / known[wanted].path
    if not path.exists():
        raise UsageError(f"{known[wanted].path} is gone", hint="`maxctl run` makes it again")
    if digest.of_path(path).removeprefix("sha256:") != known[wanted].sha256:
        errors.print(
            f"[yellow]note:[/] {escape(known[wanted].path)} is not what was recorded; `maxctl run` makes it again",
            soft_wrap=True,
        )
    try:
        beside = companions(place.spec, place.root.joinpath)
    except SpecError as error:
        raise UsageError(error.message, hint=error.hint) from None
    names = [str(index) for index in range(len(files))]
    questions = [
        {"id": name, "input": str(file), "parameters": parameters}
        for name, file in zip(names, files, strict=True)
    ]
    heard: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        folder = predictor_folder(Path(scratch), place.spec.task, place.spec.inference, wanted, path, beside)
        service.predict(sys.executable, "maxctl.serving", folder, questions, heard.__setitem__)
    return [heard[name] for name in names]


def _table(rows: list[dict[str, Any]]) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    found = [(row, found) for row in rows for found in _predictions(row)]
    keys = list(dict.fromkeys(key for _, one in found for key in one))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("input", *keys):
        numbers = name != "input" and all(isinstance(one.get(name), float | None) for _, one in found)
        table.add_column(_HEADS.get(name, name.replace("_", " ")), justify="right" if numbers else "left")
    table.add_column()  # for what is said instead of an answer
    blank = [""] * len(keys)
    for row in rows:
        answers = _predictions(row)
        if row.get("status") != "ok":
            table.add_row(row["input"], *blank, Text(_refusal(row), "red"))
        elif not answers:
            table.add_row(row["input"], *blank, Text("nothing above the threshold", "dim"))
        for index, one in enumerate(answers):
            shown = [_shown(one.get(key, "")) for key in keys]
            table.add_row(row["input"] if index == 0 else "", *shown)
    out.print(table)
    return text_of(out)


_HEADS = {"label_id": "id", "detection_box": "box: ymin xmin ymax xmax"}
WIDEST = 8


def _predictions(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of an answer, a table row each; an answer without a list of predictions is one part."""
    answer = {key: value for key, value in row.items() if key not in ("input", "status", "message", "errors")}
    if row.get("status") != "ok":
        return []
    predictions = answer.get("predictions")
    if list(answer) == ["predictions"] and isinstance(predictions, list):
        return [one if isinstance(one, dict) else {"prediction": one} for one in predictions]
    return [answer]


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if not isinstance(value, list):
        return str(value)
    if value and isinstance(value[0], list):
        return " × ".join(map(str, _sizes(value)))
    shown = " ".join(f"{one:.3f}" if isinstance(one, float) else str(one) for one in value[:WIDEST])
    return shown + (f" … ({len(value)})" if len(value) > WIDEST else "")


def _sizes(value: Any) -> list[int]:
    return [len(value), *_sizes(value[0])] if isinstance(value, list) and value else []


def _refusal(row: dict[str, Any]) -> str:
    reasons = [f"{name}: {why}" for name, why in (row.get("errors") or {}).items()]
    return "; ".join([row.get("message", "refused"), *reasons])
