"""scancode-toolkit as a child process: license and copyright notices of a tree, in a small model of our own.

The program reads the tree from a copy in a temporary folder, so that neither where the tree stands nor what
else stands there decides the answer. Answers are kept by content: the same tree is scanned once.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Progress

MEND = "pip install 'maxctl[scan]'"
FORMAT = "4"
"""Major version of scancode's output format that `parse` reads."""
OPTIONS = ("--license", "--copyright", "--license-text", "--strip-root")
FILE_TIMEOUT_S = 600
"""scancode gives up on a file, silently, after 1/2.5 of this."""
PHASES = ("Setup plugin", "Collect file inventory", "Scan files", "Save scan results")
TREE = "tree"
STORE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Found:
    """A license in a file: SPDX expression, score of 0..100, first and last line, and the text that matched."""

    expression: str
    score: float
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What scancode says of a file: `licenses` is one SPDX expression for all of it, or None."""

    path: str
    licenses: str | None
    found: tuple[Found, ...]
    copyrights: tuple[str, ...]
    errors: tuple[str, ...] = ()


def version() -> str | None:
    """Return the version of the installed scancode-toolkit, or None; nothing of it is imported."""
    try:
        return importlib.metadata.version("scancode-toolkit")
    except importlib.metadata.PackageNotFoundError:
        return None


def scan(
    root: Path,
    files: Iterable[Path],
    cache: Path,
    progress: Progress,
    *,
    jobs: int = 2,
    label: str = "scancode",
) -> tuple[ScannedFile, ...]:
    """Return what scancode finds in the given regular files below `root`, sorted by path.

    Raises `ToolMissingError` without a scancode that starts, `ChildFailedError` when it fails or goes over a
    limit, and `StageError` when it answers in a format that is not known.
    """
    installed = version()
    if installed is None:
        raise ToolMissingError("scancode-toolkit is not installed", hint=MEND)
    chosen = sorted(files, key=lambda path: path.relative_to(root).as_posix())
    if not chosen:
        return ()
    store = _Store(cache / "scancode", installed, digest.of_files(root, chosen))
    known = store.load()
    if known is not None:
        progress.say(f"{label}: {len(chosen)} files are known from an earlier scan")
        return known
    with tempfile.TemporaryDirectory(prefix="maxctl-scan-") as folder:
        _copy(root, chosen, Path(folder) / TREE)
        answer = _run(Path(folder), len(chosen), progress, jobs, label)
    scanned = parse(answer)
    store.save(scanned)
    return scanned


def _copy(root: Path, files: Iterable[Path], target: Path) -> None:
    for path in files:
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _run(folder: Path, count: int, progress: Progress, jobs: int, label: str) -> str:
    program = process.program("scancode", MEND)
    output = folder / "answer.json"

    def hear(line: str) -> None:
        # away from a terminal scancode tells its phases, not its files
        for step, phase in enumerate(PHASES):
            if line.strip().startswith(phase):
                progress.advance(label, step, len(PHASES))

    progress.say(f"{label}: scancode reads {count} files; it takes some seconds to start")
    try:
        process.run(
            [
                program,
                *OPTIONS,
                "--verbose",
                "--processes",
                str(jobs),
                "--timeout",
                str(FILE_TIMEOUT_S),
                "--json",
                str(output),
                TREE,
            ],
            cwd=folder,
            env={"SCANCODE_TEMP": str(folder), "LC_ALL": "C.UTF-8"},
            timeout_s=600 + 20 * count,
            memory_bytes=(4 + jobs) * 1024**3,
            ok=(0, 1),
            on_line=hear,  # 1: some files could not be scanned; the answer names them
        )
    except ChildFailedError as error:
        if "did not find any" in error.message and "hooks" in error.message:
            raise ToolMissingError(
                "scancode does not start beside this pluggy", hint="pip install 'pluggy<1.7'"
            ) from error
        raise
    if not output.is_file():
        raise ChildFailedError("scancode wrote no answer", hint="maxctl doctor")
    return output.read_text(encoding="utf-8")


def parse(answer: str) -> tuple[ScannedFile, ...]:
    """Return the files of scancode's JSON output; raises `StageError` for a format that is not known."""
    try:
        data: Mapping[str, Any] = json.loads(answer)
        written = str(data["headers"][0]["output_format_version"])
    except (ValueError, KeyError, IndexError, TypeError):
        raise StageError("scancode's answer is not its JSON output", hint=MEND) from None
    if written.partition(".")[0] != FORMAT:
        raise StageError(
            f"scancode wrote its output format {written}; this maxctl reads {FORMAT}.x", hint=MEND
        )
    return tuple(sorted((_file(e) for e in data["files"] if e["type"] == "file"), key=lambda file: file.path))


def _file(entry: Mapping[str, Any]) -> ScannedFile:
    copyrights = dict.fromkeys(found["copyright"] for found in entry["copyrights"])
    return ScannedFile(
        path=entry["path"],
        licenses=entry["detected_license_expression_spdx"],
        found=tuple(_found(detection, entry["path"]) for detection in entry["license_detections"]),
        copyrights=tuple(copyrights),
        errors=tuple(entry["scan_errors"]),
    )


def _found(detection: Mapping[str, Any], path: str) -> Found:
    """Return a detection at its place in the file; matches that it borrowed from a referenced file lend no lines."""
    matches = detection["matches"]
    own = [match for match in matches if match["from_file"] in (None, path, f"{TREE}/{path}")] or matches
    return Found(
        expression=detection["license_expression_spdx"],
        score=max(match["score"] for match in own),
        start=min(match["start_line"] for match in own),
        end=max(match["end_line"] for match in own),
        text=own[0].get("matched_text") or "",
    )


class _Store:
    """Answers by content: scanner, its options, the tree. A damaged entry counts as none."""

    def __init__(self, folder: Path, scanner: str, tree: str) -> None:
        key = digest.of_value([STORE_VERSION, scanner, FORMAT, *OPTIONS, FILE_TIMEOUT_S, tree])
        self._path = folder / f"{key.removeprefix('sha256:')}.json"

    def load(self) -> tuple[ScannedFile, ...] | None:
        try:
            seal, _, body = self._path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if seal != hashlib.sha256(body).hexdigest().encode():
            return None
        return tuple(
            ScannedFile(
                entry["path"],
                entry["licenses"],
                tuple(Found(**found) for found in entry["found"]),
                tuple(entry["copyrights"]),
                tuple(entry["errors"]),
            )
            for entry in json.loads(body)
        )

    def save(self, scanned: tuple[ScannedFile, ...]) -> None:
        body = json.dumps([asdict(file) for file in scanned], ensure_ascii=False).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temporary.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            temporary.replace(self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
