"""scancode's own program: slow, and right whatever its version; what the fast engine is compared with.

The program reads the tree from a copy in a temporary folder, so that neither where the tree stands nor what
else stands there decides the answer.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from maxctl.adapters import process
from maxctl.adapters.scancode import keys
from maxctl.adapters.scancode.model import TREE, Answer, ScannedFile
from maxctl.adapters.scancode.output import FORMAT, MEND, parse
from maxctl.adapters.scancode.store import Store
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, ToolMissingError
from maxctl.core.progress import Progress

OPTIONS = ("--license", "--copyright", "--license-text", "--strip-root")
SOFT = 2.5
"""scancode stops looking, silently, once a file has taken its time limit divided by this."""
PHASES = ("Setup plugin", "Collect file inventory", "Scan files", "Save scan results")
PASSED_OVER = "scancode's program passes over files of this name"


def scan(
    root: Path, files: Sequence[Path], cache: Path, progress: Progress, *, jobs: int, label: str, version: str
) -> tuple[ScannedFile, ...]:
    """Return what the program finds in the files below `root`, in their order; the same tree is scanned once."""
    key = digest.of_value(["program", keys.ENGINE, version, FORMAT, *OPTIONS, digest.of_files(root, files)])
    with Store(cache / "scancode", progress.say) as store:
        known = store.get([key]).get(key)
        if known is not None:
            progress.say(f"{label}: {len(files)} files are known from an earlier scan")
            answers = {path: Answer.load(text) for path, text in json.loads(known).items()}
        else:
            with tempfile.TemporaryDirectory(prefix="maxctl-scan-") as folder:
                _copy(root, files, Path(folder) / TREE)
                scanned = parse(_run(Path(folder), len(files), progress, jobs, label))
            answers = {
                one.path: Answer(one.licenses, one.found, one.copyrights, one.errors) for one in scanned
            }
            store.put(
                {key: json.dumps({path: one.dump().decode() for path, one in answers.items()}).encode()}
            )
    absent = Answer(None, (), errors=(PASSED_OVER,))
    paths = {path.relative_to(root).as_posix(): path for path in files}
    return tuple(answers.get(name, absent).at(name, digest.of_file(path)) for name, path in paths.items())


def _copy(root: Path, files: Iterable[Path], target: Path) -> None:
    for path in files:
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _run(folder: Path, count: int, progress: Progress, jobs: int, label: str) -> str:
    program = process.program("scancode", MEND)
    output = folder / "answer.json"
    limit_s = 600 + 60 * count

    def hear(line: str) -> None:
        # away from a terminal scancode tells its phases, not its files
        for step, phase in enumerate(PHASES):
            if line.strip().startswith(phase):
                progress.advance(label, step, len(PHASES))

    progress.say(f"{label}: scancode reads {count} files; it takes some seconds to start")
    arguments = [*OPTIONS, "--verbose", "--processes", str(jobs)]
    # its silent limit for a file lies beyond ours for all of them
    arguments += ["--timeout", str(int(SOFT * limit_s) + 1), "--json", str(output), TREE]
    try:
        process.run(
            [program, *arguments],
            cwd=folder,
            env={"SCANCODE_TEMP": str(folder), "LC_ALL": "C.UTF-8"},
            timeout_s=limit_s,
            memory_bytes=(4 + jobs) * 1024**3,
            ok=(0, 1),  # 1: some files could not be scanned; the answer names them
            on_line=hear,
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
