"""Apply a unified diff to an unpacked tree: wholly, without fuzz, and nowhere else."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from maxctl.adapters import process
from maxctl.artifacts import disk
from maxctl.artifacts.unpack import leaving_links
from maxctl.core.errors import FetchError

TIMEOUT_S = 60.0
REASONS = 3
NO_ROOM = "No space left on device"
_FAILED_AT = re.compile(r"^patch failed: (?P<file>.+):(?P<line>\d+)$")


class PatchRefusedError(FetchError):
    """A patch does not apply, is none, or leaves the tree; the message says which file and line of the tree."""


def apply(tree: Path, patch: bytes, name: str) -> None:
    """Apply one patch (paths as `git diff` writes them, a/… and b/…) to `tree`; `name` is what errors call it.

    Raises `PatchRefusedError`, the tree then being as it was unless a symbolic link was made that leaves it, and
    `ToolMissingError` without git, `DiskFullError`.
    """
    git = process.program("git", "apt-get install git")
    with (
        disk.room("a temporary folder", Path(tempfile.gettempdir())),
        tempfile.TemporaryDirectory() as nowhere,
    ):
        # No repository: inside one, git would take paths from its top and skip what lies elsewhere, and a
        # repository or configuration can make git run programs.
        environment = {
            "GIT_DIR": nowhere,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        finished = process.run(
            [git, "apply", "--whitespace=nowarn", "-"],
            cwd=tree,
            env=environment,
            stdin=patch,
            timeout_s=TIMEOUT_S,
            ok=range(256),
        )
    if NO_ROOM in finished.stderr:
        raise disk.full(f"what {name} changes", tree)
    if finished.returncode:
        raise PatchRefusedError(f"{name} does not apply: {_reason(finished.stderr)}")
    leaving = leaving_links(tree)
    if leaving:
        raise PatchRefusedError(f"{name} makes the symbolic link {leaving[0]}, which leads out of the source")


def _reason(said: str) -> str:
    lines = re.findall(r"^(?:error|fatal): (.+)$", said, re.MULTILINE)
    places = [found for line in lines if (found := _FAILED_AT.match(line))]
    if places:
        return ", ".join(f"{found['file']} is another at line {found['line']}" for found in places[:REASONS])
    return "; ".join(lines[:REASONS]) or "git apply gave no reason"
