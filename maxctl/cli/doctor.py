"""`maxctl doctor`: what this machine lacks, and the command that mends it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import emit
from maxctl.cli.formats import DataFormat
from maxctl.core.cache_folder import cache_folder

TOOLS_MISSING = 4
ROOM_GIB = 3


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that some stage needs: whether it is here, and how to get it."""

    name: str
    for_: str
    found: str | None
    mend: str
    required: bool = True


def command() -> Any:
    """Return the command."""
    return build(doctor, "doctor")


def doctor(format_: DataFormatOption = DataFormat.TABLE, output: OutputOption = None) -> None:
    """Tell what this machine lacks, and the command that mends it. Exit code 4 if something is missing."""
    needs = list(_needs())
    if format_ is DataFormat.JSON:
        rows = [{key.rstrip("_"): value for key, value in asdict(need).items()} for need in needs]
        emit(json.dumps({"schema": "maxctl/doctor/1", "needs": rows}, indent=2), output)
    else:
        emit(_table(needs), output)
    if any(need.found is None and need.required for need in needs):
        raise typer.Exit(TOOLS_MISSING)


def _needs() -> Iterator[Need]:
    extras = "pip install 'maxctl[all]'"
    yield Need("Python 3.11+", "everything", sys.version.split()[0], "install Python 3.11 or newer")
    yield Need(
        "venv",
        "serve, regress",
        "ensurepip" if importlib.util.find_spec("ensurepip") else None,
        "apt-get install python3-venv",
    )
    yield _program("git", "fetch, scaffold", "apt-get install git")
    yield _program("npm", "fetch, record", "apt-get install npm")
    yield _program("node", "record", "apt-get install nodejs")
    yield _package("scancode-toolkit", "scan-license", "pip install 'maxctl[scan]'", refuse=_pluggy_fault())
    for name in ("ruff", "vulture", "picklescan", "fickling"):
        yield _package(name, "check", "pip install 'maxctl[health]'")
    yield _package(
        "tensorflow", "prepare, record, convert", "pip install 'maxctl[tensorflow]'", also="tensorflow-cpu"
    )
    yield _package("s3fs", "package, for s3://", "pip install 'maxctl[s3]'", required=False)
    yield _package("gcsfs", "package, for gs://", "pip install 'maxctl[gcs]'", required=False)
    yield _package("ai-edge-litert", "convert, predict", extras)
    yield _asked("container engine", "build, regress --image, publish", _engine)
    yield _asked("BuildKit", "build", _builder)
    yield _program("ssh-keygen", "approve, review", "apt-get install openssh-client")
    free = shutil.disk_usage(_existing(cache_folder())).free / 1024**3
    yield Need(
        "disk",
        "cache and environments",
        f"{free:.0f} GiB free" if free >= ROOM_GIB else None,
        f"free {ROOM_GIB} GiB for {cache_folder()}, or set MAXCTL_CACHE",
    )
    writable = os.access(_existing(cache_folder()), os.W_OK)
    yield Need(
        "cache", "fetch", str(cache_folder()) if writable else None, "set MAXCTL_CACHE to a folder of yours"
    )


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _program(name: str, for_: str, mend: str, *, required: bool = True) -> Need:
    return Need(name, for_, shutil.which(name), mend, required)


def _asked(name: str, for_: str, ask: Callable[[], str]) -> Need:
    """Return a need that only a question tells of; without it the model gets as far as its service."""
    from maxctl.core.errors import ToolMissingError

    try:
        return Need(name, for_, ask(), "", required=False)
    except ToolMissingError as error:
        return Need(name, for_, None, error.hint or error.message, required=False)


def _engine() -> str:
    from maxctl.adapters import container_engine

    return container_engine.connect().version()


def _builder() -> str:
    from maxctl.adapters import image_build

    return image_build.building_client()


def _package(
    name: str,
    for_: str,
    mend: str,
    *,
    also: str | None = None,
    refuse: str | None = None,
    required: bool = True,
) -> Need:
    for distribution in (name, also):
        try:
            found = importlib.metadata.version(distribution) if distribution else None
        except importlib.metadata.PackageNotFoundError:
            continue
        if found:
            return Need(name, for_, None if refuse else found, refuse or mend, required)
    return Need(name, for_, None, mend, required)


def _pluggy_fault() -> str | None:
    """Return the mend where scancode-toolkit 32.5.0 would not start: pluggy 1.7 refuses its hooks."""
    try:
        version = importlib.metadata.version("pluggy")
    except importlib.metadata.PackageNotFoundError:
        return None
    return "pip install 'pluggy<1.7'" if tuple(map(int, version.split(".")[:2])) >= (1, 7) else None


def _table(needs: list[Need]) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    table = Table(
        "",
        "what",
        "for",
        "found",
        "mend",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
    )
    for need in needs:
        mark = Text("✓", "green") if need.found else Text("✗", "red" if need.required else "yellow")
        table.add_row(
            mark, need.name, need.for_, Text(need.found or "–"), "" if need.found else Text(need.mend, "cyan")
        )
    out.print(table)
    missing = [need for need in needs if not need.found and need.required]
    out.print()
    out.print(f"{len(missing)} missing; the right column mends it" if missing else "nothing is missing")
    return text_of(out)
