"""What weight files say of themselves: names, authors, licenses, base models, data sets. Nothing is executed.

    read(path) -> Metadata | None

Each format has one file here, read with the standard library alone, a few bytes at a time. Importing this
imports none of them.
"""

from __future__ import annotations

import importlib
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement: where in the file it stands, such as `general.license`, and its text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one weight file says, in the file's order, and in `problems` what of it could not be read.

    No value is longer than 64 KiB, all are no longer than 1 MiB; control characters are replaced.
    """

    format: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def read(path: Path) -> Metadata | None:
    """Return what a weight file says of itself; None where neither content nor name is of a known format.

    The content decides, then the name. Whatever the file holds, it needs a few MB and seconds, and raises
    nothing: what is damaged, hostile or unreadable stands in `problems`.
    """
    from maxctl.runtimes.metadata.formats import POINTER, by_name, recognise
    from maxctl.runtimes.metadata.source import DamagedError, Found, Source

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        file = path.open("rb")
    except OSError as error:
        named = by_name(path.name, None)
        return Metadata(named.name, (), (f"it cannot be opened: {error.strerror}",)) if named else None
    found = Found()
    with file:
        try:
            source = Source(file)
            format_ = recognise(source, path.name)
        except OSError as error:
            named = by_name(path.name, None)
            return Metadata(named.name, (), (f"it cannot be read: {error.strerror}",)) if named else None
        if format_ is None:
            return None
        try:
            if format_ is POINTER:
                raise DamagedError("it is a Git LFS pointer: `git lfs pull` brings the weights")
            importlib.import_module(f"{__name__}.{format_.module}").read(source, found)
        except DamagedError as error:
            found.problem(str(error))
        except OSError as error:
            found.problem(f"it cannot be read: {error.strerror}")
    return Metadata(
        format_.name, tuple(Entry(key, value) for key, value in found.entries), tuple(found.problems)
    )
