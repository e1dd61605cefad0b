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
    inputs: Annotated[list[Path], typer.Argument(help="Pictures.")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", "-t", help="Probability that a detection must exceed.")
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
    parameters = {} if threshold is None else {"threshold": threshold}
    answers = _ask(place, files, engine, parameters)
    rows = [{"input": str(shown), **answer} for shown, answer in zip(inputs, answers, strict=True)]
    if format_ is DataFormat.JSON:
        emit(
            json.dumps({"schema": "maxctl/predict/1", "answers": rows}, indent=2, ensure_ascii=False), output
        )
    else:
        emit(_table(rows), output)
    if any(row.get("status") != "ok" for row in rows):
        raise typer.Exit(FINDINGS_AT_THE_GATE)


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
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("input", "id", "label"):
        table.add_column(name)
    table.add_column("probability", justify="right")
    table.add_column("box: ymin xmin ymax xmax")
    for row in rows:
        if row.get("status") != "ok":
            table.add_row(row["input"], "", Text(row.get("message", "refused"), "red"), "", "")
        elif not row["predictions"]:
            table.add_row(row["input"], "", Text("nothing above the threshold", "dim"), "", "")
        for index, found in enumerate(row.get("predictions", ())):
            table.add_row(
                row["input"] if index == 0 else "",
                found["label_id"],
                found["label"],
                f"{found['probability']:.4f}",
                " ".join(f"{edge:.3f}" for edge in found["detection_box"]),
            )
    out.print(table)
    return text_of(out)
