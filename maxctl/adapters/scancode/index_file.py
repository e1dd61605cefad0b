"""The index in the cache folder: which file it is, of which rules, made when there is none, noticed when damaged."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from maxctl.adapters.scancode import guard

LAYOUT = 4
"""Raise it when what is written into an index changes."""
CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its file's name, digest and size, the digest of the rules in it, and how their pickle looked."""

    layout: int
    file: str
    sha256: str
    size: int
    rules: str
    source: tuple[int, int]
    made_for: str


def known(folder: Path, source: Path) -> Index | None:
    """Return the index that was made of `source`, or None; its content is not read."""
    try:
        read = json.loads((folder / "index.json").read_bytes())
        index = Index(**{**read, "source": tuple(read["source"])})
        whole = (folder / index.file).stat().st_size == index.size
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (
        index
        if whole
        and index.layout == LAYOUT
        and index.source == _stamp(source)
        and index.made_for == _made_for()
        else None
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make(source: Path, folder: Path) -> None:
    """Make the index in `folder`, unless another process does so meanwhile; takes seconds and 1.5 GB of memory."""
    from maxctl.adapters.scancode import index_build

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        present = known(folder, source)
        if present is not None and digest(folder / present.file) == present.sha256:
            return
        rules = digest(source)
        path = folder / f"index-{LAYOUT}-{rules[:16]}.bin"
        index_build.build(source, path)
        index = Index(
            LAYOUT, path.name, digest(path), path.stat().st_size, rules, _stamp(source), _made_for()
        )
        temporary = folder / f"index.{os.getpid()}.tmp"
        temporary.write_text(json.dumps(asdict(index)))
        temporary.replace(folder / "index.json")
        for old in folder.glob("index-*.bin"):
            if old != path:
                old.unlink()


def _made_for() -> str:
    """Return what besides the rules decides an index: scancode's code, and the Python that keeps expressions."""
    parts = [sys.version, *guard.SOURCES.values()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stamp(source: Path) -> tuple[int, int]:
    status = source.stat()
    return status.st_size, status.st_mtime_ns
