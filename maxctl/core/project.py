"""A project folder: its spec, its record, its lock, and where things stand in it."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TextIO

from maxctl.core import manifest, yaml
from maxctl.core.errors import LockHeldError, SpecError, StageError
from maxctl.core.manifest import Manifest
from maxctl.core.spec import ModelSpec

SPEC = "model.yaml"
MANIFEST = "manifest.yaml"


def open_own(path: Path, flags: int) -> TextIO:
    """Open a file of maxctl's own in a project, made if need be; a symbolic link in its place raises `StageError`."""
    try:
        return os.fdopen(
            os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o644), "r+" if flags & os.O_RDWR else "a"
        )
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StageError(f"{path} is a symbolic link", hint="remove it") from None
        raise


@dataclass(frozen=True)
class Project:
    """A folder that holds a `model.yaml`."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> Project:
        """Return the project at `start` or above it; raises `SpecError` where there is none."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / SPEC).is_file():
                return cls(folder)
        raise SpecError(
            f"there is no {SPEC} in {start} or above it",
            hint="`maxctl init FOLDER` starts a project; `--project FOLDER` names one",
        )

    @cached_property
    def spec(self) -> ModelSpec:
        """The spec; raises `SpecError` with every fault of the file."""
        return yaml.read(self.root / SPEC, ModelSpec, SpecError)

    @property
    def manifest_path(self) -> Path:
        """Where the record stands."""
        return self.root / MANIFEST

    def manifest(self) -> Manifest:
        """Return the record as it is on disk now."""
        return manifest.load(self.manifest_path, self.spec.id)

    @property
    def work(self) -> Path:
        """The folder of things that are not committed."""
        return self.root / ".maxctl"

    def set_text(self, location: tuple[str, ...], value: str) -> None:
        """Write another text in the place of a scalar of the spec; its comments and its form stay."""
        with self.locked():
            yaml.set_text(self.root / SPEC, location, value)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project, so that no second maxctl writes to it; the lock ends with the process."""
        if self.work.is_symlink():  # a project from elsewhere could make maxctl write, and clear, anywhere
            raise StageError(f"{self.work} is a symbolic link", hint="replace it by a folder")
        self.work.mkdir(exist_ok=True)
        with open_own(self.work / "lock", os.O_RDWR) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise LockHeldError(
                    f"another maxctl works on {self.root} (process {holder})",
                    hint="wait for it to end, or stop it, then run the command again",
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield
