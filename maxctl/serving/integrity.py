"""That the model on the disk is the model that was reviewed."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import StartupError

EXCLUDED = ("__pycache__", "*.pyc", ".DS_Store", ".git")


def digest(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's content, or of a folder's tree.

    A tree is hashed as lines of relative path, NUL, kind (`file`, `exec` or `link`), NUL, `sha256:` and the
    digest of the content (of a link: its target), sorted by path: the definition the publishing tool uses.
    """
    if not path.is_dir() or path.is_symlink():
        return _of_file(path)
    lines = []
    for member in sorted(_members(path), key=lambda member: member.relative_to(path).as_posix()):
        mode = member.lstat().st_mode
        if stat.S_ISLNK(mode):
            kind, content = "link", hashlib.sha256(str(member.readlink()).encode()).hexdigest()
        else:
            kind, content = ("exec" if mode & stat.S_IXUSR else "file"), _of_file(member)
        lines.append(f"{member.relative_to(path).as_posix()}\0{kind}\0sha256:{content}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def verify(path: Path, expected: str) -> None:
    """Raise `StartupError` unless the file or folder is there and has the expected digest."""
    try:
        found = digest(path)
    except OSError as error:
        raise StartupError(f"{path}: the model cannot be read ({error.strerror})") from error
    if found != expected:
        raise StartupError(
            f"{path}: the model's sha256 is {found}, but service.json expects {expected}: put that file back"
        )


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in EXCLUDED):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _members(Path(entry.path))
            else:
                yield Path(entry.path)
