"""scancode-toolkit as a child process: license and copyright notices of a tree, in a small model of our own.

Two engines give the same answers. `fast` runs scancode's functions with their slow parts replaced, keeps what it
finds by content, and runs only where scancode is byte for byte the one it knows. `scancode` is the program itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from maxctl.adapters.scancode.model import Found, Match, ScannedFile
from maxctl.adapters.scancode.output import MEND, parse
from maxctl.core.errors import ToolMissingError
from maxctl.core.progress import Progress

__all__ = ["MEND", "Found", "Match", "ScannedFile", "parse", "scan", "version"]

Engine = Literal["fast", "scancode"]


def version() -> str | None:
    """Return the version of the installed scancode-toolkit, or None; nothing of it is imported."""
    import importlib.metadata

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
    engine: Engine = "fast",
) -> tuple[ScannedFile, ...]:
    """Return what scancode finds in the given regular files below `root`, sorted by path.

    Where the fast engine does not know the installed scancode, that is said, and its program runs instead.
    Raises `ToolMissingError` without a scancode that starts, `ChildFailedError` when it fails or goes over a
    limit, and `StageError` when it answers in a format that is not known.
    """
    from maxctl.adapters.scancode import fast, guard, keys, program

    installed, site = version(), keys.site()
    if installed is None or site is None:
        raise ToolMissingError("scancode-toolkit is not installed", hint=MEND)
    chosen = sorted(files, key=lambda path: path.relative_to(root).as_posix())
    if not chosen:
        return ()
    if engine == "fast":
        refusal = guard.refusal(site, installed)
        if refusal is None:
            return fast.scan(root, chosen, cache, progress, jobs=jobs, label=label, site=site)
        progress.say(f"{label}: {refusal}; scancode's own program is slower, with the same answers")
    return program.scan(root, chosen, cache, progress, jobs=jobs, label=label, version=installed)
