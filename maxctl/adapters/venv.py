"""Virtual environments from hash-locked requirements, made once and kept in the cache."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maxctl.adapters import process
from maxctl.core import digest
from maxctl.core.errors import DiskFullError, StageError, ToolMissingError
from maxctl.core.progress import Progress, Silent

FOLDER = "venvs"
COMPLETE = ".complete"
DEBIAN = "apt-get install python3-venv"


def python_of(requirements: Path, cache: Path, progress: Progress | None = None) -> Path:
    """Return the Python of an environment that holds exactly the locked requirements.

    The same requirements under the same Python share one environment. Raises `StageError` when they cannot
    be installed, `ToolMissingError` when this Python cannot make environments, `DiskFullError`.
    """
    listener = progress or Silent()
    folder = cache / FOLDER / key(requirements)
    python = folder / "bin" / "python"
    with _locked(folder):
        if (folder / COMPLETE).is_file():
            return python
        # scripts in an environment name their own place, so it cannot be made elsewhere and moved in
        shutil.rmtree(folder, ignore_errors=True)
        listener.say(f"making the environment of {requirements.parent.name}/{requirements.name}, once")
        _make(folder)
        _install(python, requirements, folder.with_suffix(".log"), listener)
        (folder / COMPLETE).touch()
    return python


def key(requirements: Path) -> str:
    """Return the name of the environment: what decides its content, as a short digest."""
    parts = {
        "requirements": digest.of_file(requirements),
        "python": platform.python_version(),
        "base": sys.base_prefix,
        "platform": f"{sys.platform}-{platform.machine()}",
    }
    return digest.of_value(parts).removeprefix("sha256:")[:24]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the environment, so that two projects do not make it at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    """Make an environment with pip, in the two steps of `python -m venv`, which hides what the second one says."""
    python = str(folder / "bin" / "python")
    for command in (
        [sys.executable, "-P", "-m", "venv", "--without-pip", str(folder)],
        [python, "-P", "-m", "ensurepip", "--upgrade", "--default-pip"],
    ):
        _run(command, "the environment could not be made", folder)


def _run(command: list[str], what: str, folder: Path, log: Path | None = None) -> None:
    """Run a step; what is wrong may stand far above the end of what it says."""
    env = {"PYTHONPATH": "", "PIP_REQUIRE_VIRTUALENV": ""}
    finished = process.run(command, env=env, log=log, ok=range(256))
    if finished.returncode == 0:
        return
    said = f"{finished.stdout}\n{finished.stderr}".strip()
    if missing := re.search(r"No module named '?(venv|ensurepip)\b", said):
        raise ToolMissingError(f"this Python makes no virtual environments: {missing[0]}", hint=DEBIAN)
    if os.strerror(errno.ENOSPC) in said:
        raise DiskFullError(
            f"the disk of {folder.parent}, or that of temporary files, is full: {what}",
            hint="free some space, or set MAXCTL_CACHE and TMPDIR to folders on another disk",
        )
    lines = said.splitlines() or [process.ending(finished.returncode)]
    reason = next((line for line in lines if line.startswith("ERROR:")), lines[-1])
    hint = f"the whole output of pip is in {os.fspath(log)}" if log else f"run {' '.join(command)} by hand"
    raise StageError(f"{what}: {reason}", hint=hint)


def _install(python: Path, requirements: Path, log: Path, progress: Progress) -> None:
    count = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    label = f"installing {count} locked packages"
    progress.advance(label, 0, None)
    command = [
        str(python),
        "-P",  # no module from the folder in which maxctl was started
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-deps",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "-r",
        str(requirements),
    ]
    what = f"{requirements.parent.name}/{requirements.name} could not be installed"
    _run(command, what, python.parent.parent, log)
    progress.advance(label, 1, 1)
