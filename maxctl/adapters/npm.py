"""Download a package from the npm registry that the user has set up, without running anything of it."""

from __future__ import annotations

import errno
import json
from pathlib import Path

from maxctl.adapters import process
from maxctl.adapters.http import AbsentError
from maxctl.core.errors import ChildFailedError, FetchError

TIMEOUT_S = 600.0
NOT_THERE = frozenset({"E404", "ETARGET", "ENOVERSIONS"})


def pack(name: str, version: str, folder: Path) -> Path:
    """Return the package's archive, as the registry has it, in the empty folder `folder`.

    Raises `ToolMissingError` without npm, `AbsentError` where the registry has no such version, `FetchError`
    when the registry cannot be asked, and `OSError` for a full disk.
    """
    npm = process.program("npm", "apt-get install npm, or Node.js from its publisher")
    command = [
        npm,
        "pack",
        f"{name}@{version}",
        "--ignore-scripts",
        "--json",
        "--pack-destination",
        str(folder),
    ]
    try:
        # in the empty folder: no package.json or .npmrc of a project has a say
        finished = process.run(command, cwd=folder, timeout_s=TIMEOUT_S, ok=range(256))
    except ChildFailedError as error:
        raise FetchError(error.message) from error
    archives = list(folder.glob("*.tgz"))
    if finished.returncode == 0 and len(archives) == 1:
        return archives[0]
    code, summary = _error(finished)
    if code in NOT_THERE:
        raise AbsentError(f"npm: {code} {summary}")
    if code == "ENOSPC":
        raise OSError(errno.ENOSPC, "No space left on device")
    raise FetchError(f"npm: {code} {summary}".rstrip())


def _error(finished: process.Finished) -> tuple[str, str]:
    """Return npm's own code and summary, else the exit code and the first line that it printed of an error."""
    try:
        told = json.loads(finished.stdout)["error"]
        return str(told["code"]), str(told["summary"]).partition("\n")[0]
    except (ValueError, KeyError, TypeError):  # an npm that says nothing in JSON
        lines = [line for line in finished.stderr.splitlines() if line.startswith(("npm error", "npm ERR!"))]
        return f"exit code {finished.returncode}", lines[0] if lines else ""
