"""Digests: of bytes, files, trees and values. The one definition of each, used everywhere."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

EXCLUDED = ("__pycache__", "*.pyc", ".DS_Store", ".git")
CHUNK = 1 << 20


def of_bytes(data: bytes) -> str:
    """Return `sha256:<hex>` of the bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def of_value(value: Any) -> str:
    """Return the digest of a JSON-like value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return of_bytes(text.encode())


def of_file(path: Path) -> str:
    """Return the digest of a file's content, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def walk(root: Path, exclude: Iterable[str] = EXCLUDED) -> Iterator[Path]:
    """Yield every file and symbolic link below `root`, sorted by path; links are not followed."""
    patterns = tuple(exclude)
    with os.scandir(root) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in patterns):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path), patterns)
        else:
            yield Path(entry.path)


def of_tree(
    root: Path, exclude: Iterable[str] = EXCLUDED, file_digest: Callable[[Path], str] = of_file
) -> str:
    """Return the digest of a folder: sorted relative paths, type, executable bit and content of each file.

    A symbolic link counts by its target's text. Empty folders, times and owners do not count.
    """
    return of_files(
        root, sorted(walk(root, exclude), key=lambda p: p.relative_to(root).as_posix()), file_digest
    )


def of_files(
    root: Path, paths: Iterable[Path], file_digest: Callable[[Path], str] = of_file, *, follow: bool = False
) -> str:
    """Return the digest of the given files below `root`, in the given order, as `of_tree` counts them.

    With `follow` the content behind a link counts, too: for inputs, which are read through it.
    """
    lines = []
    for path in paths:
        relative = path.relative_to(root).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            kind, content = "link", of_bytes(str(path.readlink()).encode(errors="surrogateescape"))
            if follow and path.is_file():
                content = f"{content} {file_digest(path)}"
        elif not stat.S_ISREG(mode):  # a pipe or a device: opening it may wait for ever
            kind, content = "special", of_bytes(str(stat.S_IFMT(mode)).encode())
        else:
            kind, content = ("exec" if mode & stat.S_IXUSR else "file"), file_digest(path)
        lines.append(f"{relative}\0{kind}\0{content}\n")
    return of_bytes("".join(lines).encode(errors="surrogateescape"))  # a name may be no UTF-8


def of_path(path: Path, file_digest: Callable[[Path], str] = of_file) -> str:
    """Return the digest of a file or of a folder, whichever `path` is."""
    return (
        of_tree(path, file_digest=file_digest)
        if path.is_dir() and not path.is_symlink()
        else file_digest(path)
    )


class StatCache:
    """File digests remembered by size, time and inode, so that an unchanged file is not read again.

    Gates do not use it: someone who forges a time stamp must not get past them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError):  # a missing or damaged cache only costs time
            known = {}
        self._known: dict[str, list[Any]] = known if isinstance(known, dict) else {}

    def of_file(self, path: Path) -> str:
        """Return the digest of a file, from memory when its stat has not changed."""
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self._known.get(str(path))
        if known is not None and known[:4] == stamp:
            return str(known[4])
        digest = of_file(path)
        self._known[str(path)] = [*stamp, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        """Write what was learnt; failure to write is no failure of the command."""
        if not self._changed:
            return
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._known))
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)
