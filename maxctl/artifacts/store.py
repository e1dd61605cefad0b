"""Where packed artifacts are kept: under a name that never changes its content."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

from maxctl.core import digest
from maxctl.core.errors import DigestError, MaxctlError, StageError

FULL = (errno.ENOSPC, errno.EDQUOT)


class StoreConflictError(MaxctlError):
    """The store holds something else under this name; artifacts never change."""

    exit_code = 1


class Store(ABC):
    """A place of artifacts. A name is given once: what is there stays as it is."""

    @abstractmethod
    def address(self, name: str) -> str:
        """Return the address of an artifact in the spelling of the spec; it need not be there."""

    @abstractmethod
    def find(self, name: str) -> str | None:
        """Return the hexadecimal SHA-256 of what is there now, read anew, or None."""

    @abstractmethod
    def put(self, name: str, file: Path) -> bool:
        """Keep a copy of the file; return False where the very same was there already.

        Raises `StoreConflictError` when the name is taken by something else, and `StageError` when the store
        cannot be reached. Nobody ever sees half a file.
        """

    @abstractmethod
    def get(self, name: str, target: Path, sha256: str) -> None:
        """Copy an artifact to `target`; `DigestError` for other bytes, `StageError` where there is none."""


def open_store(address: str, root: Path) -> Store:
    """Return the store at `file:FOLDER` (a relative one starts at `root`), s3://bucket/prefix or gs://bucket/prefix."""
    scheme, _, rest = address.partition(":")
    if scheme in ("s3", "gs") and rest:
        from maxctl.artifacts.object_store import open_bucket

        return open_bucket(address)
    if scheme != "file" or not rest:
        raise StageError(
            f"there is no store of the kind `{scheme}:`",
            hint="set `package.store` in model.yaml to file:FOLDER, s3://bucket/prefix or gs://bucket/prefix",
        )
    return FileStore(address, root / rest.removeprefix("//"))


class FileStore(Store):
    """A folder."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._folder = address.rstrip("/"), folder

    def address(self, name: str) -> str:
        """Return `file:FOLDER/NAME` with the folder as the spec writes it."""
        return f"{self._address}/{name}"

    def find(self, name: str) -> str | None:
        """Return the hexadecimal SHA-256 of the file, or None."""
        try:
            return digest.of_file(self._folder / name).removeprefix("sha256:")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreachable(error) from error

    def put(self, name: str, file: Path) -> bool:
        """Copy the file in: written beside its place, synchronised, then given its name."""
        sha256 = digest.of_file(file).removeprefix("sha256:")
        held = self.find(name)
        if held is None:
            try:
                if self._write(name, file):
                    return True
            except OSError as error:
                if error.errno in FULL:
                    raise
                raise self._unreachable(error) from error
            held = self.find(name)  # somebody else was quicker
        if held != sha256:
            raise StoreConflictError(
                f"{self.address(name)} is there with the sha256 {held}; the new one has {sha256}",
                hint="raise `version` in model.yaml: an artifact never changes under its name",
            )
        return False

    def get(self, name: str, target: Path, sha256: str) -> None:
        """Copy the file out, checked."""
        held = self.find(name)
        if held is None:
            raise StageError(f"{self.address(name)} is not there", hint="maxctl package --force")
        if held != sha256:
            raise DigestError(f"{self.address(name)} has the sha256 {held}, but {sha256} was recorded")
        shutil.copyfile(self._folder / name, target)

    def _write(self, name: str, file: Path) -> bool:
        """Return False where the name was taken meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=f".{name}.", delete=False) as temporary:
            path = Path(temporary.name)
            try:
                _copy(file, temporary.file)
                path.chmod(0o644)
                return _name(path, self._folder / name)
            finally:
                path.unlink(missing_ok=True)

    def _unreachable(self, error: OSError) -> StageError:
        return StageError(
            f"the store {self._address} cannot be used: {error.strerror or error}",
            hint="make the folder writable, or set `package.store` in model.yaml to another one",
        )


def _copy(file: Path, target: IO[bytes]) -> None:
    with file.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
    target.flush()
    os.fsync(target.fileno())


def _name(path: Path, target: Path) -> bool:
    try:
        os.link(path, target)  # unlike a rename it never replaces what is there
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if target.exists():
            return False
        path.rename(target)
    return True
