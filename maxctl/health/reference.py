"""How the research code itself answers: a command in any language, run in a copy of `reference/`.

The command gets two paths in its environment. `MAXCTL_REQUEST` is a JSON file:

    {"sources": {name: folder}, "artifacts": folder, "labels": file,
     "cases": [{"id", "input": file, "parameters": {name: number}}]}

`MAXCTL_RESPONSE` is where it appends JSON lines: `{"event": "started", "versions": {name: version}}`, then for
each case `{"id": id, "response": {"status": "ok", …}}`. It ends with exit code 0.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, StageError
from maxctl.core.progress import Progress
from maxctl.core.spec import Reference
from maxctl.health.reference_answers import CONTRACT, Answers, NoReferenceError, read

FOLDER = "references"
COMPLETE = ".complete"
LOOK_EVERY_S = 0.2
_MENDS = {"node": "apt-get install nodejs npm", "npm": "apt-get install nodejs npm"}


def ready(reference: Reference, files: Mapping[str, Path], cache: Path, progress: Progress) -> Path:
    """Return a copy of `reference/` in the cache in which its setup commands have run, once for these files.

    `files` are its files by their path in it. What setup installs never lands in the project. Raises
    `ToolMissingError` for a missing program, `StageError` when setup fails or the lock file is not there.
    """
    if reference.lock not in files:
        raise StageError(
            f"reference/{reference.lock}, the lock file, is not there",
            hint="make it (`npm install --package-lock-only`) and commit it, so that everyone runs the same code",
        )
    for command in (*reference.setup, reference.command):
        if "/" not in command[0]:  # else it is one that setup makes, such as .venv/bin/python
            _program(command)
    folder = cache / FOLDER / _key(reference, files)
    with _locked(folder):
        if not (folder / COMPLETE).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            for path, source in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / path)
            for index, command in enumerate(reference.setup):
                progress.advance("setting up the reference", index, len(reference.setup))
                _set_up(command, folder)
            progress.advance("setting up the reference", len(reference.setup), len(reference.setup))
            (folder / COMPLETE).touch()
    return folder


def _key(reference: Reference, files: Mapping[str, Path]) -> str:
    parts = {
        "files": {path: digest.of_file(source) for path, source in files.items()},
        "setup": reference.setup,
        "platform": sys.platform,
    }
    return digest.of_value(parts).removeprefix("sha256:")[:24]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _program(command: Sequence[str], folder: Path | None = None) -> str:
    """Return the program's path; raises `ToolMissingError` for one that is not on this machine, or not in `folder`."""
    if "/" in command[0] and folder is not None:
        made = folder / command[0]  # not resolved: a virtual environment's python is known by its place
        if not made.is_file():
            raise NoReferenceError(f"there is no {command[0]} in reference/ after its setup", hint=CONTRACT)
        return str(made)
    return process.program(command[0], _MENDS.get(command[0], f"install `{command[0]}`"))


def _set_up(command: Sequence[str], folder: Path) -> None:
    log = folder.with_suffix(".log")
    try:
        process.run([_program(command, folder), *command[1:]], cwd=folder, log=log)
    except ChildFailedError as error:
        raise NoReferenceError(
            f"setting up the reference failed: `{' '.join(command)}`: {error.message}", hint=error.hint
        ) from error


def ask(
    reference: Reference, folder: Path, request: Mapping[str, Any], task: str, progress: Progress
) -> Answers:
    """Return the research code's answers to `request["cases"]`, all of them, of the task's shape.

    Raises `NoReferenceError` for a command that fails, and for a missing, malformed or unasked-for answer.
    """
    wanted = [case["id"] for case in request["cases"]]
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        question, answer = Path(scratch) / "request.json", Path(scratch) / "response.jsonl"
        question.write_text(json.dumps(request), encoding="utf-8")
        answer.touch()
        try:
            with _watching(answer, len(wanted), progress):
                finished = process.run(
                    [_program(reference.command, folder), *reference.command[1:]],
                    cwd=folder,
                    env={"MAXCTL_REQUEST": str(question), "MAXCTL_RESPONSE": str(answer)},
                    timeout_s=reference.timeout_seconds,
                )
        except ChildFailedError as error:
            raise NoReferenceError(
                f"the reference command failed: {error.message}",
                hint=f"run it again with --debug; {CONTRACT}",
            ) from error
        answers = read(answer.read_bytes(), wanted, task)
    silent = [id_ for id_ in wanted if id_ not in answers.responses]
    if silent:
        tail = finished.stderr.strip().splitlines()[-1:]
        raise NoReferenceError(
            f"the reference gave no answer to {', '.join(silent)}{f' (it said: {tail[0]})' if tail else ''}",
            hint=CONTRACT,
        )
    return answers


@contextmanager
def _watching(answer: Path, total: int, progress: Progress) -> Iterator[None]:
    """Tell the progress of the command from the lines that it has written."""
    done = threading.Event()

    def watch() -> None:
        while True:
            ending = done.wait(LOOK_EVERY_S)
            lines = answer.read_bytes().count(b"\n")
            progress.advance("asking the research code", min(max(0, lines - 1), total), total)
            if ending:
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
