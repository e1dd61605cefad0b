"""Packages of npm and PyPI in the cache, downloaded once however many of their files are wanted."""

from __future__ import annotations

import difflib
import json
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from maxctl.adapters import npm, pypi
from maxctl.adapters.http import AbsentError
from maxctl.artifacts import disk
from maxctl.artifacts.archive import Kind, entries
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.artifacts.verify import Expected
from maxctl.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A package in a registry."""

    registry: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.registry}:{self.name}{'==' if self.registry == 'pypi' else '@'}{self.version}"


class Packages:
    """The packages that the cache holds. Which bytes a version has is noted, and checked at the first use."""

    def __init__(self, cache: Cache, progress: Progress) -> None:
        self._cache, self._progress = cache, progress
        self._checked: dict[Coordinates, Path] = {}
        self._downloaded: set[Coordinates] = set()

    def get(self, package: Coordinates) -> Path:
        """Return the package's archive, downloaded if need be; raises what the registry's adapter raises."""
        if package not in self._checked:
            noted = self._noted(package)
            found = self._cache.find(noted) if noted else None
            self._checked[package] = found or self._download(package)
        return self._checked[package]

    def forget(self, package: Coordinates) -> bool:
        """Drop a package that an earlier run downloaded, so that it is asked for anew; False for one of this run."""
        noted = self._noted(package)
        if package in self._downloaded or noted is None:
            return False
        self._checked.pop(package, None)
        self._note(package).unlink(missing_ok=True)
        self._cache.drop(noted)
        return True

    def _download(self, package: Coordinates) -> Path:
        tool = {"npm": npm.pack, "pypi": pypi.download}[package.registry]
        self._progress.say(f"downloading {package}")
        with disk.room(str(package), self._cache.folder), self._cache.scratch() as folder:
            held = self._cache.take(tool(package.name, package.version, folder), str(package))
            self._write_note(package, held)
        self._downloaded.add(package)
        return self._cache.place(held)

    def _note(self, package: Coordinates) -> Path:
        name = quote(f"{package.name}@{package.version}", safe="@")
        if package.registry == "pypi":  # wheels differ by Python and platform
            name += f"-{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
        return self._cache.folder / "packages" / package.registry / f"{name}.json"

    def _noted(self, package: Coordinates) -> Expected | None:
        try:
            noted = json.loads(self._note(package).read_text())
            return Expected(int(noted["size"]), str(noted["sha256"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # a damaged note only costs a download
            return None

    def _write_note(self, package: Coordinates, held: Expected) -> None:
        note = self._note(package)
        note.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False) as file:
            file.write(json.dumps({"size": held.size, "sha256": held.sha256}))
        Path(file.name).replace(note)


@contextmanager
def member(archive: Path, name: str, limits: Limits = LIMITS) -> Iterator[Iterator[bytes]]:
    """Give the bytes of one file of an archive, nothing else unpacked; raises `AbsentError`, `UnpackError`."""
    seen: list[str] = []
    with entries(archive, limits) as members:
        for entry in members:
            if entry.kind is Kind.FILE:
                path = entry.name.removeprefix("./")
                if path == name:
                    yield entry.chunks()
                    return
                seen.append(path)
    close = difflib.get_close_matches(name, seen, n=1)
    raise AbsentError(f"has no file {name}" + (f"; did you mean {close[0]}?" if close else ""))
