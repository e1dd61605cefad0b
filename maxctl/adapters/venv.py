"""Virtual environments from hash-locked requirements, made once and kept in the cache."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maxctl.adapters import process
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Progress, Silent

FOLDER = "venvs"
COMPLETE = ".complete"
DEBIAN = "apt-get install python3-venv"


def python_of(requirements: Path, cache: Path, progress: Progress | None = None) -> Path:
    """Return the Python of an environment that holds exactly the locked requirements.

    The same requirements under the same Python share one environment. Raises `StageError` when they cannot
    be installed, `ToolMissingError` when this Python cannot make environments.
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
    try:
        process.run([sys.executable, "-m", "venv", str(folder)], timeout_s=300)
    except ChildFailedError as error:
        raise ToolMissingError(
            f"this Python makes no virtual environments: {error.message}", hint=DEBIAN
        ) from error


def _install(python: Path, requirements: Path, log: Path, progress: Progress) -> None:
    count = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    label = f"installing {count} locked packages"
    progress.advance(label, 0, None)
    command = [
        str(python),
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
    try:
        process.run(command, env={"PYTHONPATH": "", "PIP_REQUIRE_VIRTUALENV": ""}, log=log)
    except ChildFailedError as error:
        reason = next(
            (line for line in error.message.splitlines() if line.startswith("ERROR:")), error.message
        )
        raise StageError(
            f"{requirements.parent.name}/{requirements.name} could not be installed: {reason}",
            hint=f"the whole output of pip is in {os.fspath(log)}",
        ) from error
    progress.advance(label, 1, 1)
