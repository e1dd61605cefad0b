"""Download a wheel from the Python package index that the user has set up, without running anything of it.

Wheels only. To learn the metadata of a source distribution, pip runs its `setup.py` or build backend, which
is somebody else's code that nobody has checked yet.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from maxctl.adapters import process
from maxctl.adapters.http import AbsentError
from maxctl.core.errors import ChildFailedError, FetchError, ToolMissingError

TIMEOUT_S = 900.0
NOT_ASKED = ("Retrying (", "Could not fetch URL")


def download(name: str, version: str | None, folder: Path) -> Path:
    """Return the wheel for this Python and platform, the newest without a version, in the empty folder `folder`.

    Raises `ToolMissingError` without pip, `AbsentError` where the index has no wheel of this version, `FetchError`
    when the index cannot be asked, and `OSError` for a full disk.
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--progress-bar=off",
        f"{name}=={version}" if version else name,
        "-d",
        str(folder),
    ]
    try:
        # in the empty folder, since Python would import from the working directory
        finished = process.run(command, cwd=folder, timeout_s=TIMEOUT_S, ok=range(256))
    except ChildFailedError as error:
        raise FetchError(error.message) from error
    wheels = list(folder.glob("*.whl"))
    if finished.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    said = finished.stderr
    if "No module named pip" in said:
        raise ToolMissingError(
            f"pip is not in the Python that runs maxctl ({sys.executable})", hint="python -m ensurepip"
        )
    if "No space left on device" in said:
        raise OSError(errno.ENOSPC, "No space left on device")
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")]
    reason = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {finished.returncode}"
    if "No matching distribution" in reason and not any(sign in said for sign in NOT_ASKED):
        raise AbsentError(
            f"pip: there is no wheel of {f'{name} {version}' if version else name} for this Python; "
            "a source distribution is not taken, since pip would run its setup code"
        )
    raise FetchError(f"pip: {reason}")
