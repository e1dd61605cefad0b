"""`maxctl init`: start a project."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import UsageError

IGNORED = "# made by maxctl from what is committed\n.maxctl/\nreports/\n"


def command() -> Any:
    """Return the command."""
    return build(init, "init")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new project; it must not hold a model.yaml.")],
    model: Annotated[
        Path,
        typer.Option("--model", "-m", help="The model's entry file, such as a TensorFlow.js model.json."),
    ],
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Start a project: draft a model.yaml from a model's files, with sizes, digests and tensors filled in.

    What only a person knows is marked FILL IN; `maxctl status` names each place by line.
    """
    spec = folder / "model.yaml"
    if spec.exists():
        raise UsageError(
            f"{spec} is already there", hint="`maxctl status` in that folder tells what is to do"
        )
    if not model.exists():
        raise UsageError(f"there is no {model}", hint="name the model's entry file, such as a model.json")
    from maxctl.runtimes.child import ask

    with Bars() as bars:
        found = ask({"do": "inspect", "path": str(model.resolve())}, bars)
    text = _draft(folder, model, found)
    folder.mkdir(parents=True, exist_ok=True)
    from maxctl.core.yaml import replace_text

    replace_text(spec, text)
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(IGNORED)
    todo = text.count("FILL IN")
    if format_ is DataFormat.JSON:
        emit(json.dumps({"schema": "maxctl/init/1", "spec": str(spec), "to_fill_in": todo}), output)
    else:
        emit(f"wrote {spec}: {todo} places to fill in\nnext: cd {folder} && maxctl status", output)


def _draft(folder: Path, model: Path, found: dict[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    from maxctl.core import resources

    template = resources.path("templates") / "project" / "model.yaml.jinja"
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    identifier = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "model"
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        id=identifier,
        today=date.today().isoformat(),
        model=found,
        files=[_file(path, folder, model.parent) for path in _files(model, found["format"])],
    )


def _files(model: Path, kind: str) -> list[Path]:
    """Return the entry file and the files that it names beside itself."""
    if model.is_dir():
        raise UsageError(f"{model} is a folder", hint="`init` drafts from a TensorFlow.js model.json for now")
    if kind != "tfjs-graph-model":
        raise UsageError(
            f"`init` cannot draft from the format {kind} yet", hint="give a TensorFlow.js model.json"
        )
    weights = json.loads(model.read_bytes())["weightsManifest"]
    return [model, *(model.parent / path for group in weights for path in group["paths"])]


def _file(path: Path, folder: Path, top: Path) -> dict[str, Any]:
    from maxctl.core import digest

    try:
        mirror = path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        mirror = path.resolve().as_posix()
    return {
        "path": path.relative_to(top).as_posix(),
        "size": path.stat().st_size,
        "sha256": digest.of_file(path).removeprefix("sha256:"),
        "mirror": mirror,
    }
