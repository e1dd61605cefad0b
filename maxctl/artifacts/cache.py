"""The cache of fetched bytes that all projects share, addressed by content.

    blobs/sha256/<2 digits>/<the rest>    read-only, whole, named by what they hold
    tmp/                                  what is being written; a killed run may leave something here
    packages/  answers/                   see packages.py and answers.py

A blob gets its name by a rename, after its digest was checked and it was synchronised, so that two processes
at once are safe. It is checked again whenever it is used: a blob that has gone bad is dropped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maxctl.artifacts import disk
from maxctl.artifacts.verify import Expected, checked
from maxctl.core.errors import DigestError, StageError

CHUNK = 1 << 20
LEFTOVERS_AFTER_S = 24 * 3600.0
READ_ONLY = 0o444
IN_PROJECT = 0o644


class Cache:
    """A folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, wanted: Expected) -> Path | None:
        """Return the place of the bytes, read and checked just now, or None; never change what is there."""
        path = self._place(wanted.sha256)
        try:
            for _ in checked(_chunks(path), wanted):
                pass
        except FileNotFoundError:
            return None
        except DigestError:
            self._drop(path)
            return None
        return path

    def copy(self, wanted: Expected, target: Path, what: str) -> bool:
        """Write the bytes to the new file `target`, checked on the way; False where the cache lacks them.

        A copy, not a link: an edit in a project must not reach the cache. Raises `DiskFullError`.
        """
        path = self._place(wanted.sha256)
        if not path.is_file():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with disk.room(what, target.parent, wanted.size), target.open("xb") as file:
                for chunk in checked(_chunks(path), wanted):
                    file.write(chunk)
        except DigestError:
            target.unlink()
            self._drop(path)
            return False
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        target.chmod(IN_PROJECT)
        return True

    def put(self, chunks: Iterable[bytes], wanted: Expected, what: str) -> Path:
        """Keep the bytes and return their place; raises `DigestError` and keeps nothing if they are others."""
        with self._temporary(what, wanted.size) as temporary:
            with temporary.open("wb") as file:
                for chunk in checked(chunks, wanted):
                    file.write(chunk)
            return self._name(temporary, wanted.sha256)

    def take(self, file: Path, what: str) -> Expected:
        """Move a file in, whatever it holds, and return what that is. It must lie in `scratch()`."""
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(file):
            digest.update(chunk)
            size += len(chunk)
        with disk.room(what, self.folder, size):
            self._name(file, digest.hexdigest())
        return Expected(size, digest.hexdigest())

    def place(self, held: Expected) -> Path:
        """Return where bytes stand that `put` or `take` just took in."""
        return self._place(held.sha256)

    def drop(self, wanted: Expected) -> None:
        """Forget the bytes."""
        self._drop(self._place(wanted.sha256))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder on the disk of the cache, and remove it afterwards."""
        with self._usable():
            made = tempfile.TemporaryDirectory(dir=self._tmp(), ignore_cleanup_errors=True)
        with made as name:
            yield Path(name)

    @contextmanager
    def _temporary(self, what: str, size: int) -> Iterator[Path]:
        with self._usable():
            handle, name = tempfile.mkstemp(dir=self._tmp())
        os.close(handle)
        path = Path(name)
        try:
            with disk.room(what, self.folder, size):
                yield path
        finally:
            path.unlink(missing_ok=True)

    def _tmp(self) -> Path:
        """Return the folder of unfinished files, cleared of what killed runs left behind."""
        folder = self.folder / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            try:
                old = time.time() - left.stat().st_mtime > LEFTOVERS_AFTER_S
            except FileNotFoundError:  # another process finished with it
                continue
            if old:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        return folder

    def _name(self, file: Path, sha256: str) -> Path:
        place = self._place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(READ_ONLY)
        _synchronise(file)
        file.replace(place)
        _synchronise(place.parent)
        return place

    def _place(self, sha256: str) -> Path:
        return self.folder / "blobs" / "sha256" / sha256[:2] / sha256[2:]

    def _drop(self, path: Path) -> None:
        with self._usable():
            path.unlink(missing_ok=True)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            with disk.room("temporary files", self.folder):
                yield
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            raise StageError(
                f"the cache {self.folder} cannot be written to: {error.strerror}",
                hint="set MAXCTL_CACHE to a folder that you may write to",
            ) from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _synchronise(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
