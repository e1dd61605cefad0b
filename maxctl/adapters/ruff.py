"""ruff, as a child process: defects of Python files, read from its JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError

ARGUMENT_BYTES = 100_000
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing ruff says: file (relative to the folder it ran in), place, rule, message, what a fix would do."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    fix: str | None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A file on which ruff gave up, and why."""

    file: str
    reason: str


def check(
    folder: Path, files: Sequence[str], select: Sequence[str], ignore: Sequence[str], mend: str
) -> tuple[list[Defect], list[Unchecked]]:
    """Return what ruff says about the files, and the files on which it crashed or ran out of time.

    The folder's own ruff configuration is not read. Raises `ToolMissingError` with `mend` when there is no ruff.
    """
    program = process.program("ruff", mend)
    defects: list[Defect] = []
    unchecked: list[Unchecked] = []
    waiting = _batches(files)
    while waiting:
        batch = waiting.pop()
        try:
            defects += _run(program, folder, batch, select, ignore)
        except ChildFailedError as error:
            if len(batch) == 1:
                unchecked.append(Unchecked(batch[0], error.message.splitlines()[0]))
            else:  # one file spoils the batch: look for it by halves
                middle = len(batch) // 2
                waiting += [batch[:middle], batch[middle:]]
    defects.sort(key=lambda d: (d.file, d.line, d.column, d.rule))
    return defects, sorted(unchecked, key=lambda u: u.file)


def _batches(files: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    size = 0
    for file in files:
        size += len(file.encode()) + 3
        if size > ARGUMENT_BYTES and batches[-1]:
            batches.append([])
            size = len(file.encode()) + 3
        batches[-1].append(file)
    return [batch for batch in batches if batch]


def _run(
    program: str, folder: Path, files: Sequence[str], select: Sequence[str], ignore: Sequence[str]
) -> list[Defect]:
    with tempfile.TemporaryDirectory() as temporary:
        answer = Path(temporary) / "ruff.json"
        process.run(
            [
                program,
                "check",
                "--isolated",
                "--no-cache",
                "--no-fix",
                "--quiet",
                "--exit-zero",
                # Python 3.14 accepts `except A, B:`, which in research code means Python 2
                "--target-version",
                "py313",
                "--output-format",
                "json",
                "--output-file",
                str(answer),
                "--select",
                ",".join(select),
                "--ignore",
                ",".join(ignore),
                "--",
                *(f"./{file}" for file in files),
            ],
            cwd=folder,
            timeout_s=TIMEOUT_S,
            ok=(0, 1),
        )
        return read(answer.read_text(encoding="utf-8"), folder)


def read(text: str, folder: Path) -> list[Defect]:
    """Return the defects in ruff's JSON, with paths relative to the folder that ruff ran in."""
    return [
        Defect(
            file=Path(item["filename"]).relative_to(folder.resolve()).as_posix(),
            line=item["location"]["row"],
            column=item["location"]["column"],
            rule=item["code"] or "invalid-syntax",  # ruff before 0.13 gives null
            message=item["message"],
            fix=(item["fix"] or {}).get("message"),
        )
        for item in json.loads(text)
    ]
