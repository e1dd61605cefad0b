"""`maxctl init`: start a project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import UsageError

if TYPE_CHECKING:
    from maxctl.runtimes.draft.spec_text import ProjectFiles
    from maxctl.runtimes.draft.start import Origin, Sample

IGNORED = "# made by maxctl from what is committed\n.maxctl/\nreports/\n"


def command() -> Any:
    """Return the command."""
    return build(init, "init")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new project; it must not hold a model.yaml.")],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="PATH|ADDRESS",
            help="The model: its file or folder, or pypi:NAME[==VERSION][#PATH], npm:NAME[@VERSION][#PATH], "
            "git+https://HOST/REPO.git[@REV][#PATH], https://HOST/FILE.",
        ),
    ],
    sample: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH|ADDRESS",
            help="An input to show and to test with, copied into samples/; a case of the golden suite. Repeatable.",
        ),
    ] = None,
    sample_license: Annotated[
        str | None, typer.Option(metavar="SPDX", help="License of all samples, such as CC0-1.0.")
    ] = None,
    sample_credit: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who made the samples, and where that is stated.")
    ] = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Start a project: draft a model.yaml from a model's files, with sizes, digests, tensors and steps filled in.

    A model that is named by an address is fetched; its package is pinned, and tells its license, authors and home
    page. Task, pre- and post-processing are guessed, each with its reason. What only a person knows is marked FILL IN;
    `maxctl status` names each place by line. Labels and a hook are written where the model's files give them.
    """
    spec = folder / "model.yaml"
    if spec.exists():
        raise UsageError(
            f"{spec} is already there", hint="`maxctl status` in that folder tells what is to do"
        )
    if not sample and (sample_license or sample_credit):
        raise UsageError("there is no sample to state that of", hint="name one: --sample FILE")
    from maxctl.cli import start

    with Bars() as bars, start.model(model, bars) as (path, origin):
        samples = start.samples(sample or (), folder, sample_license, sample_credit, bars)
        found = start.described(path, bars)
        files = draft_project(path, found, folder, origin, [one.entry for one in samples])
        folder.mkdir(parents=True, exist_ok=True)
        written = start.copy_samples(samples, folder) + write_project(folder, files)
    if format_ is DataFormat.JSON:
        told = {
            "schema": "maxctl/init/1", "spec": str(spec), "to_fill_in": files.to_fill_in,
            "files": written,
        }  # fmt: skip
        emit(json.dumps(told), output)
    else:
        beside = f"wrote {', '.join(written)}\n" if written else ""
        places = "1 place" if files.to_fill_in == 1 else f"{files.to_fill_in} places"
        emit(
            f"wrote {spec}: {places} to fill in\n{beside}next: cd {folder} && maxctl status",
            output,
        )


def draft_project(
    model: Path,
    found: dict[str, Any],
    folder: Path,
    origin: Origin | None = None,
    samples: Sequence[Sample] = (),
) -> ProjectFiles:
    """Return the drafted files of a project in `folder`; raises `UsageError` where a file of the model is missing."""
    from maxctl.runtimes.draft.drafting import drafted
    from maxctl.runtimes.draft.gather import facts_of
    from maxctl.runtimes.draft.spec_text import project_files
    from maxctl.runtimes.interface import ModelFormatError

    try:
        return project_files(drafted(facts_of(model, found)), model, found, folder, origin, samples)
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
