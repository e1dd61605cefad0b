"""`maxctl serve`: the generated service in its own locked environment."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, ProjectOption, build, project_at
from maxctl.cli.console import Bars, emit, errors
from maxctl.cli.formats import DataFormat
from maxctl.core.cache_folder import cache_folder
from maxctl.core.errors import UsageError
from maxctl.core.freshness import State


def command() -> Any:
    """Return the command."""
    return build(serve, "serve")


def serve(
    port: Annotated[
        int | None, typer.Option("--port", "-p", min=1, max=65535, help="By default the spec's.")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 lets others in.")
    ] = "127.0.0.1",
    project: ProjectOption = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Start the generated service in its own locked environment, in the foreground; Ctrl-C stops it.

    Its log goes to standard error; its address is the result. The scaffolded files are what runs, hand edits
    included.
    """
    from maxctl.adapters import process, service
    from maxctl.core import pipeline
    from maxctl.core.runner import standings
    from maxctl.release import targets

    place = project_at(project)
    if "scaffold" not in place.manifest().steps:
        raise UsageError("there is no service yet", hint="`maxctl run` makes one")
    plan = pipeline.load("lifecycle", place.root, place.manifest().steps)
    now = standings(place, plan).get("scaffold")
    if now is not None and not now.fresh:
        why = "hand edits" if now.state is State.CHANGED else f"the step is {now.state}"
        errors.print(f"[yellow]note:[/] the service is not what was recorded ({why}: {now.reason})")
    number = port or place.spec.service.port
    service.claim(host, number)
    folder = place.root / "service"
    with Bars() as bars:
        python = targets.environment(folder, cache_folder(), bars)
    url = f"http://{host}:{number}"
    if format_ is DataFormat.JSON:
        emit(json.dumps({"schema": "maxctl/serve/1", "model": place.spec.id, "url": url}), output)
    else:
        emit(f"serving {place.spec.id} at {url}", output)
    process.become(
        [str(python), "-m", targets.MODULE, "serve", "--port", str(number), "--host", host],
        cwd=folder,
        env={"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )
