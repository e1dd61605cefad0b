"""Write other people's files into a folder that nothing of theirs can leave; what cannot be written is told.

`artifacts/unpack.py` refuses an archive for one bad member, since what is fetched must be whole. Here all that can
be read is worth reading, and each member that is left out is named, so that the verdict rests on no silence.
"""

from __future__ import annotations

import errno
import fnmatch
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.artifacts.unpack import inner_path
from maxctl.core import digest
from maxctl.core.errors import UnpackError
from maxctl.policy.evidence import Spot

SCANNED = Limits(entries=200_000, total_bytes=LIMITS.total_bytes, file_bytes=LIMITS.file_bytes)
"""What one target may hold: as many small files as an archive of pictures has."""
INNER = Limits(entries=100_000, total_bytes=2 * 1024**3, file_bytes=1024**3)
"""What all archives inside a tree may hold together."""
_TAKEN = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR})


class FullError(UnpackError):
    """A limit of the whole is reached; nothing more is written."""


@dataclass
class Room:
    """What may still be written; several archives can share one."""

    limits: Limits
    files: int = 0
    bytes: int = 0

    def left(self) -> Room:
        """Return a room of its own with as many bytes as are left here, for what is in passing only."""
        return Room(replace(self.limits, total_bytes=max(0, self.limits.total_bytes - self.bytes)))

    def enter(self) -> None:
        """Count a file in; raises `FullError`."""
        self.files += 1
        if self.files > self.limits.entries:
            raise FullError(f"more than {self.limits.entries} files")

    def take(self, size: int) -> None:
        """Count bytes in; raises `FullError`."""
        self.bytes += size
        if self.bytes > self.limits.total_bytes:
            raise FullError(f"more than {self.limits.total_bytes // 1024**2} MiB")


class Placing:
    """One archive or commit on its way into the new folder `folder`; `failures` tells by path what was left out."""

    def __init__(self, folder: Path, room: Room, most_bytes: float = float("inf")) -> None:
        """Make the folder. More than `most_bytes` in all are taken for a bomb."""
        self.folder, self.failures = folder, list[Spot]()
        self.files = 0
        self._room, self._most, self._bytes = room, most_bytes, 0
        self._links: list[tuple[PurePosixPath, str]] = []
        folder.mkdir(parents=True)

    def path(self, name: str) -> PurePosixPath | None:
        """Return where a member goes; None where nobody looks for it, or where it is refused."""
        try:
            path = inner_path(name, self._room.limits)
        except UnpackError as error:
            self.refuse(name, error.message.rpartition("`: ")[2])
            return None
        left_out = (fnmatch.fnmatchcase(part, one) for part in path.parts for one in digest.EXCLUDED)
        return path if path.parts and not any(left_out) else None

    def file(self, path: PurePosixPath, chunks: Iterable[bytes]) -> None:
        """Write a file; raises `FullError` at a limit, and what the chunks raise, and then the file is not there."""
        self._room.enter()
        place = self.folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                self._write(path, file, chunks)
        except OSError as error:
            if error.errno in _TAKEN:
                self.refuse(str(path), "the name stands for several things in it; the first one was read")
            elif error.errno == errno.ENAMETOOLONG:
                self.refuse(str(path), "a path that is too long")
            else:
                raise
        else:
            self.files += 1

    def copy(self, path: PurePosixPath, name: str) -> None:
        """Write again what was written as `name`: the hard link of a tar."""
        try:
            source = self.folder / inner_path(name, self._room.limits)
        except UnpackError:
            source = self.folder  # no file
        if not source.is_file():
            self.refuse(str(path), "a hard link to a file that is not before it")
            return
        with source.open("rb") as file:
            self.file(path, iter(lambda: file.read(1 << 20), b""))

    def link(self, path: PurePosixPath, target: str) -> None:
        """Note a symbolic link. It is made by `finish`, so that no file can be written through it."""
        self._room.enter()
        self._links.append((path, target))

    def folder_at(self, path: PurePosixPath) -> None:
        """Count a folder, and do not make it: empty ones say nothing, but a million of them take a disk."""
        self._room.enter()

    def refuse(self, name: str, reason: str) -> None:
        """Note that a member was left out."""
        clean = name.encode("utf-8", "backslashreplace").decode()
        self.failures.append(Spot(clean[: self._room.limits.path_bytes], text=reason))

    def finish(self) -> None:
        """Make the links that stay inside, and tell of the others."""
        top = self.folder.resolve()
        made: list[PurePosixPath] = []
        for path, target in self._links:
            if not target or target.startswith("/") or "\0" in target:
                self.refuse(str(path), "a symbolic link that leads out of it")
            elif not any(parent in made for parent in path.parents) and self._made(path, target):
                made.append(path)
        for path in made:  # each may look well, and leave by way of another
            place = self.folder / path
            if not Path(os.path.realpath(place)).is_relative_to(top):
                place.unlink()
                self.refuse(str(path), "a symbolic link that leads out of it")

    def _made(self, path: PurePosixPath, target: str) -> bool:
        place = self.folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
        except (OSError, UnicodeEncodeError):
            self.refuse(str(path), "a symbolic link that cannot be made")
            return False
        return True

    def _write(self, path: PurePosixPath, file: IO[bytes], chunks: Iterable[bytes]) -> None:
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                self._bytes += len(chunk)
                if size > self._room.limits.file_bytes:
                    raise FullError(f"more than {self._room.limits.file_bytes // 1024**2} MiB in `{path}`")
                if self._bytes > self._most:
                    raise FullError("many times its own size: that is how archives are made to fill a disk")
                self._room.take(len(chunk))
                file.write(chunk)
        except BaseException:
            (self.folder / path).unlink(missing_ok=True)
            raise
