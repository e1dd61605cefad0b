"""Unpack an archive for reading: all of it that can be had, and a reason for each thing that cannot."""

from __future__ import annotations

import lzma
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maxctl.artifacts.archive import Entry, Kind, entries
from maxctl.artifacts.limits import Limits
from maxctl.core.errors import UnpackError
from maxctl.licensing.inputs import formats
from maxctl.licensing.inputs.decompress import CHUNK, pieces
from maxctl.licensing.inputs.placing import FullError, Placing, Room
from maxctl.policy.evidence import Spot


@dataclass(frozen=True, slots=True)
class Extracted:
    """How many files came out, what was left out by its path inside, and why the rest was not read, if so."""

    files: int
    failures: tuple[Spot, ...] = ()
    stopped: str | None = None


def extract(archive: Path, name: PurePosixPath, folder: Path, room: Room, scratch: Path) -> Extracted:
    """Unpack into the new folder `folder`; `name` is what the archive is called, `scratch` a folder to work in.

    A file of a single compressed file comes out as that file. What came before damage or a limit is kept.
    """
    if name.suffix.lower() in formats.NOT_OPENED and not formats.holds_archive(archive):
        folder.mkdir(parents=True)
        return Extracted(0, stopped=f"an archive of a kind that is not opened ({name.suffix})")
    size = archive.stat().st_size
    most = max(room.limits.ratio_from_bytes, room.limits.ratio * size)
    placing, stopped = Placing(folder, room, most), None
    try:
        _fill(placing, archive, name, room, scratch, most)
    except FullError as error:
        stopped = f"what is in it comes to {error.message}"
    except UnpackError as error:
        stopped = f"an archive that {error.message}"
    except (lzma.LZMAError, MemoryError) as error:  # a zip may use any compression inside
        stopped = f"an archive that is damaged: {error}"
    except OSError as error:
        if error.errno is not None:  # the disk's fault, not the archive's
            raise
        stopped = f"an archive that is damaged: {error}"
    placing.finish()
    if stopped is not None and placing.files:
        stopped += "; what stands behind that was not read"
    return Extracted(placing.files, tuple(placing.failures), stopped)


def _fill(
    placing: Placing, archive: Path, name: PurePosixPath, room: Room, scratch: Path, most: float
) -> None:
    mark = formats.compression(name, _head(archive))
    if mark is None or (mark == formats.GZIP and _is_tar(next(pieces(archive, mark), b""), name)):
        _members(placing, archive, room)  # which knows gzip itself, and reads it up to where it is damaged
        return
    with tempfile.TemporaryDirectory(dir=scratch) as made:
        plain = Placing(Path(made) / "plain", room.left(), most)
        plain.file(PurePosixPath("file"), pieces(archive, mark))
        content = plain.folder / "file"
        if _is_tar(_head(content), name):
            _members(placing, content, room)
            return
        path = placing.path(formats.inner_name(name))
        if path is not None:
            with content.open("rb") as file:
                placing.file(path, iter(lambda: file.read(CHUNK), b""))


def _is_tar(head: bytes, name: PurePosixPath) -> bool:
    return formats.is_tar(head) or formats.named_tar(name)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _members(placing: Placing, archive: Path, room: Room) -> None:
    # every member counts there, and each file once more in the room that archives share
    limits = Limits(entries=room.limits.entries, total_bytes=room.limits.total_bytes)
    with entries(archive, limits) as members:
        for entry in members:
            _place(placing, entry)


def _place(placing: Placing, entry: Entry) -> None:
    path = placing.path(entry.name)
    if path is None:
        return
    match entry.kind:
        case Kind.FILE:
            placing.file(path, entry.chunks())
        case Kind.HARD_LINK:
            placing.copy(path, entry.target)
        case Kind.LINK:
            placing.link(path, entry.target)
        case Kind.FOLDER:
            placing.folder_at(path)
        case _:
            placing.refuse(str(path), "a device or a pipe")
