"""Read a tar, a tar.gz or a zip member by member, in one pass, with bounds on what is read.

Nothing is written here and no member is trusted; `unpack.py` decides what may be written where.
"""

from __future__ import annotations

import errno
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Self, cast

from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.core.errors import UnpackError

CHUNK = 1 << 20
LINK_BYTES = 4096


class Kind(StrEnum):
    """What a member is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    HARD_LINK = "hard link"
    OTHER = "device or pipe"


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the archive names it. `chunks` gives a file's bytes, until the next member is asked for."""

    name: str
    kind: Kind
    size: int
    executable: bool
    target: str
    """Where a link leads."""
    privileged: bool
    """Whether it would run as somebody else (setuid, setgid)."""
    chunks: Callable[[], Iterator[bytes]]


@contextmanager
def entries(archive: Path, limits: Limits = LIMITS) -> Iterator[Iterator[Entry]]:
    """Give the members in the archive's order.

    Raises `UnpackError` where it cannot be read, is damaged, or holds more than the limits allow.
    """
    try:
        if zipfile.is_zipfile(archive) and not _looks_like_tar(archive):
            with zipfile.ZipFile(archive) as opened:
                yield _counted(_zip_entries(opened), limits)
        else:
            with archive.open("rb") as file:
                stream: gzip.GzipFile | io.BufferedReader = file
                if file.peek(2)[:2] == b"\x1f\x8b":
                    stream = gzip.GzipFile(fileobj=file)
                bounded = cast("IO[bytes]", _Bounded(stream, limits.total_bytes))
                with tarfile.open(fileobj=bounded, mode="r|", bufsize=CHUNK, tarinfo=_header(limits)) as tar:
                    yield _counted(_tar_entries(tar), limits)
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:
        raise UnpackError(f"is no archive that can be read (tar, tar.gz or zip): {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a damaged ZIP sends zipfile to a place before the file's start
            raise
        raise UnpackError(f"is no archive that can be read (tar, tar.gz or zip): {error}") from error


def _looks_like_tar(archive: Path) -> bool:
    """Tell apart a tar that merely ends like a zip: its last member may be one."""
    with archive.open("rb") as file:
        head = file.read(512)
    return head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"


class _Bounded:
    """A stream that refuses to give more than a number of bytes."""

    def __init__(self, stream: gzip.GzipFile | io.BufferedReader, limit: int) -> None:
        self._stream, self._limit, self._left = stream, limit, limit

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, CHUNK))
        self._left -= len(data)
        if self._left < 0:
            raise UnpackError(f"grows to more than {self._limit} bytes")
        return data


def _counted(found: Iterator[Entry], limits: Limits) -> Iterator[Entry]:
    for number, entry in enumerate(found, 1):
        if number > limits.entries:
            raise UnpackError(f"holds more than {limits.entries} members")
        yield entry


def _header(limits: Limits) -> type[tarfile.TarInfo]:
    """Return a tar header that says so when it is damaged, where tarfile would take it for the archive's end."""
    extended = (
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    )

    class StrictHeader(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as error:
                if not any(buf):  # zeros or nothing: the end
                    raise
                raise UnpackError(f"is no archive that can be read (tar, tar.gz or zip): {error}") from error
            if header.size < 0:
                raise UnpackError(f"holds `{header.name}` with a size below nothing")
            if header.type in extended and header.size > limits.header_bytes:
                raise UnpackError(f"has a header of {header.size} bytes")
            return header

    return StrictHeader


def _tar_entries(tar: tarfile.TarFile) -> Iterator[Entry]:
    for info in tar:
        if info.issparse():
            raise UnpackError(f"holds the sparse file `{info.name}`")
        kind = (
            Kind.FILE
            if info.isreg()
            else Kind.FOLDER
            if info.isdir()
            else Kind.LINK
            if info.issym()
            else Kind.HARD_LINK
            if info.islnk()
            else Kind.OTHER
        )
        yield Entry(
            info.name,
            kind,
            info.size if kind is Kind.FILE else 0,
            bool(info.mode & stat.S_IXUSR),
            info.linkname,
            bool(info.mode & (stat.S_ISUID | stat.S_ISGID)),
            lambda info=info: _pieces(tar.extractfile(info), info.name),  # type: ignore[misc]
        )


def _zip_entries(opened: zipfile.ZipFile) -> Iterator[Entry]:
    for info in opened.infolist():
        if info.flag_bits & 1:
            raise UnpackError(f"holds `{info.filename}` encrypted")
        mode = info.external_attr >> 16 if info.create_system == 3 else 0
        kind = {
            0: Kind.FILE,
            stat.S_IFREG: Kind.FILE,
            stat.S_IFDIR: Kind.FOLDER,
            stat.S_IFLNK: Kind.LINK,
        }.get(stat.S_IFMT(mode), Kind.OTHER)
        if kind is Kind.FILE and info.filename.endswith("/"):
            kind = Kind.FOLDER
        target = ""
        if kind is Kind.LINK:
            if info.file_size > LINK_BYTES:
                raise UnpackError(
                    f"holds the symbolic link `{info.filename}` to a path of {info.file_size} bytes"
                )
            target = opened.read(info).decode()
        yield Entry(
            # the original name: zipfile cuts at a zero byte, so that a checked name is not the written one
            info.orig_filename,
            kind,
            info.file_size if kind is Kind.FILE else 0,
            bool(mode & stat.S_IXUSR),
            target,
            bool(mode & (stat.S_ISUID | stat.S_ISGID)),
            lambda info=info: _pieces(opened.open(info), info.filename),  # type: ignore[misc]
        )


def _pieces(content: IO[bytes] | None, name: str) -> Iterator[bytes]:
    if content is None:
        raise UnpackError(f"holds `{name}`, which is no plain file")
    with content:
        while chunk := content.read(CHUNK):
            yield chunk
