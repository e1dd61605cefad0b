"""`maxctl init`: start a project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import UsageError

if TYPE_CHECKING:
    from maxctl.runtimes.draft.spec_text import ProjectFiles

IGNORED = "# made by maxctl from what is committed\n.maxctl/\nreports/\n"


def command() -> Any:
    """Return the command."""
    return build(init, "init")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new project; it must not hold a model.yaml.")],
    model: Annotated[
        Path,
        typer.Option("--model", "-m", help="The model: its file, or its folder."),
    ],
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Start a project: draft a model.yaml from a model's files, with sizes, digests, tensors and steps filled in.

    Task, pre- and post-processing are guessed, each with its reason. What only a person knows is marked FILL IN;
    `maxctl status` names each place by line. Labels and a hook are written where the model's files give them.
    """
    spec = folder / "model.yaml"
    if spec.exists():
        raise UsageError(
            f"{spec} is already there", hint="`maxctl status` in that folder tells what is to do"
        )
    if not model.exists():
        raise UsageError(
            f"there is no {model}", hint="name the model's file, such as a model.json, or its folder"
        )
    from maxctl.runtimes.child import ask

    with Bars() as bars:
        found = ask({"do": "inspect", "path": str(model.resolve())}, bars)
    files = draft_project(model, found, folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = write_project(folder, files)
    if format_ is DataFormat.JSON:
        told = {
            "schema": "maxctl/init/1", "spec": str(spec), "to_fill_in": files.to_fill_in,
            "files": written,
        }  # fmt: skip
        emit(json.dumps(told), output)
    else:
        beside = f"wrote {', '.join(written)}\n" if written else ""
        emit(
            f"wrote {spec}: {files.to_fill_in} places to fill in\n{beside}next: cd {folder} && maxctl status",
            output,
        )


def draft_project(model: Path, found: dict[str, Any], folder: Path) -> ProjectFiles:
    """Return the drafted files of a project in `folder`; raises `UsageError` where a file of the model is missing."""
    from maxctl.runtimes.draft.drafting import drafted
    from maxctl.runtimes.draft.gather import facts_of
    from maxctl.runtimes.draft.spec_text import project_files
    from maxctl.runtimes.interface import ModelFormatError

    try:
        return project_files(drafted(facts_of(model, found)), model, found, folder)
    except ModelFormatError as error:
        raise UsageError(error.message, hint=error.hint) from error


def write_project(folder: Path, files: ProjectFiles) -> list[str]:
    """Write the files; what is there already stays as it is. Return the paths of those beside model.yaml."""
    from maxctl.core.yaml import replace_text

    written = []
    for name, text in files.others.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(str(path))
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(IGNORED)
    replace_text(folder / "model.yaml", files.spec)
    return written
