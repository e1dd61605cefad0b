"""Zip archives that hold a model: members that stay in their folder, sizes that are sane, JSON under a limit."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from maxctl.runtimes.interface import CorruptModelError, ModelFormatError, UnsafeModelError

MAX_JSON_BYTES = 128 * 1024**2
MAX_MEMBERS = 10_000
MAX_BYTES = 16 * 1024**3
MAX_TEXT_BYTES = 1024**2
MAX_SHOWN = 64 * 1024
"""Characters of a file beside the model that is told whole: labels, a configuration."""
BOMB_BYTES, BOMB_RATIO = 256 * 1024**2, 200
"""Weights of that size which are stored in so many times fewer bytes are none."""


@contextlib.contextmanager
def opened(path: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Give the archive, and raise whatever is wrong with it as `ModelFormatError`. `what` says what it should be."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError as error:
        raise ModelFormatError(f"{path} is not there", hint=f"name {what}") from error
    except RecursionError as error:
        raise UnsafeModelError(f"{path.name} is nested too deeply") from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise CorruptModelError(f"{path.name} cannot be unpacked: {error}", hint="fetch it again") from error


def names(path: Path) -> list[str]:
    """Return the names in a file that is a zip archive; none where it is not, or cannot be read."""
    try:
        if not zipfile.is_zipfile(path):
            return []
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return []


def members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the files in an archive by name; raises `UnsafeModelError` for what no honest model holds."""
    found = [member for member in archive.infolist() if not member.is_dir()]
    if len(found) > MAX_MEMBERS:
        raise UnsafeModelError(f"{name} holds {len(found)} files")
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in found:
        pure = PurePosixPath(member.filename)
        if pure.is_absolute() or ".." in pure.parts or "\\" in member.filename:
            raise UnsafeModelError(f"{name} holds `{member.filename}`, which leaves its folder")
        if member.flag_bits & 1:
            raise UnsafeModelError(f"{member.filename} in {name} is encrypted")
        if member.filename in by_name:  # readers differ in which of the two they take
            raise UnsafeModelError(f"{name} holds `{member.filename}` twice")
        check_size(member.file_size, member.compress_size, f"{member.filename} in {name}")
        by_name[member.filename] = member
    check_size(sum(member.file_size for member in found), MAX_BYTES, name)
    return by_name


def check_size(claimed: int, stored: int, owner: str) -> None:
    """Raise `UnsafeModelError` where `claimed` bytes are too many for any model, or for the `stored` ones."""
    if claimed > MAX_BYTES or (claimed > BOMB_BYTES and claimed > BOMB_RATIO * max(stored, 1)):
        raise UnsafeModelError(
            f"{owner} unpacks to {claimed} bytes from {stored}", hint="do not load this file"
        )


def json_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> dict[str, Any]:
    """Return the JSON object in a member; raises `ModelFormatError`."""
    with archive.open(member) as stream:
        return json_object(stream.read(MAX_JSON_BYTES + 1), member.filename)


def json_object(data: bytes | str, name: str) -> dict[str, Any]:
    """Return the JSON object in a text; raises `ModelFormatError`."""
    if len(data) > MAX_JSON_BYTES:
        raise UnsafeModelError(f"{name} is larger than {MAX_JSON_BYTES} bytes")
    try:
        parsed = json.loads(data)
    except ValueError as error:
        raise CorruptModelError(f"{name} is no JSON: {error}", hint="fetch the file again") from error
    if not isinstance(parsed, dict):
        raise CorruptModelError(f"{name} holds no JSON object")
    return parsed


def text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return a member as text, cut where texts end."""
    with archive.open(member) as stream:
        return stream.read(MAX_TEXT_BYTES).decode("utf-8", "replace")
