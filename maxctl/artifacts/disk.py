"""Turn a full disk into an error that says what was being written and how much room it lacks."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maxctl.core.errors import DiskFullError

FULL = (errno.ENOSPC, errno.EDQUOT)
MIB = 1024**2


@contextmanager
def room(what: str, folder: Path, needed: int | None = None) -> Iterator[None]:
    """Raise `DiskFullError` for a disk that fills up while `what` (of `needed` bytes) is written to `folder`."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise full(what, folder, needed) from error


def full(what: str, folder: Path, needed: int | None = None) -> DiskFullError:
    """Return the error for a disk that has no room for `what`."""
    free = shutil.disk_usage(_existing(folder)).free
    wants = "" if needed is None else f"; it needs {needed / MIB:.1f} MiB"
    missing = "" if needed is None or needed <= free else f", {(needed - free) / MIB:.1f} MiB are missing"
    return DiskFullError(
        f"the disk of {folder} is full: no room for {what}{wants}, {free / MIB:.1f} MiB are free{missing}",
        hint="free some space, or set MAXCTL_CACHE to a folder on another disk; nothing half-written was kept",
    )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
