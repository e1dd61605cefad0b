"""Pack files into one archive, the same bytes for the same files, and unpack such an archive.

A tar under gzip, since the standard library of any Python reads it: an image build on a plain base needs no
further program (Python reads zstd only from 3.14 on, and Debian's tar calls a program for it). `SHA256SUMS`
inside names every other member, so that `sha256sum --check` works on what was unpacked.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from maxctl.core.errors import DigestError, UnpackError

SUMS = "SHA256SUMS"
MODE = 0o644
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One packed file: its path in the archive, its bytes, and their hexadecimal SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive: its bytes, their hexadecimal SHA-256, and what it holds beside `SHA256SUMS`."""

    size: int
    sha256: str
    members: tuple[Member, ...]


def pack(files: Mapping[str, Path], target: Path) -> Packed:
    """Write the files under the given paths into the archive `target`, and return what it holds.

    Order, times, owners and permissions of the files, the umask and the locale leave no trace. Another make
    of zlib may compress to other bytes; `contents` tells whether two archives hold the same.
    """
    members = tuple(_member(name, files[name]) for name in sorted(files))
    sums = "".join(f"{member.sha256}  {member.path}\n" for member in members).encode()
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        archive.addfile(_header(SUMS, len(sums)), io.BytesIO(sums))
        for member in members:
            with files[member.path].open("rb") as content:
                archive.addfile(_header(member.path, member.size), content)
    return Packed(target.stat().st_size, _sha256(target), members)


def contents(archive: Path) -> tuple[Member, ...]:
    """Return the members of an archive that `pack` wrote, read and digested; raises `UnpackError`."""
    with _opened(archive) as members:
        return tuple(
            Member(info.name, info.size, hashlib.file_digest(content, "sha256").hexdigest())
            for info, content in members
            if info.name != SUMS
        )


def unpack(archive: Path, target: Path, sha256: str) -> tuple[Member, ...]:
    """Unpack an archive that `pack` wrote into the new folder `target`, checked before and after.

    Raises `DigestError` when the archive has another digest, before anything is written, or when a member is
    not what `SHA256SUMS` says; `UnpackError` when it is no such archive.
    """
    found = _sha256(archive)
    if found != sha256:
        raise DigestError(
            f"{archive.name} has the sha256 {found}, but {sha256} was recorded", hint="maxctl package --force"
        )
    sums: dict[str, str] = {}
    members: list[Member] = []
    with _opened(archive) as entries:
        for info, content in entries:
            if info.name == SUMS:
                sums = {line[66:]: line[:64] for line in content.read().decode().splitlines()}
                continue
            path = target / info.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK)
            members.append(Member(info.name, info.size, _sha256(path)))
    if sums != {member.path: member.sha256 for member in members}:
        raise DigestError(f"{archive.name} holds something else than its {SUMS} says")
    return tuple(members)


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, tarfile.ExFileObject]]]:
    """Give the archive's files one by one; anything but a plain file at a plain path is refused."""

    def entries(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, tarfile.ExFileObject]]:
        for info in tar:
            path = PurePosixPath(info.name)
            content = cast("tarfile.ExFileObject | None", tar.extractfile(info) if info.isreg() else None)
            if content is None or path.is_absolute() or ".." in path.parts:
                raise UnpackError(f"{archive.name} holds `{info.name}`, which is no plain file inside it")
            yield info, content

    try:
        with tarfile.open(archive, "r:gz") as tar:
            yield entries(tar)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnpackError(f"{archive.name} is no archive that can be read: {error}") from error


def _member(name: str, path: Path) -> Member:
    return Member(name, path.stat().st_size, _sha256(path))


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, MODE, 0
    return header


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
