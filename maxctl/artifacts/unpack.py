"""Unpack an archive into a new folder that nothing in it can leave, within limits, or not at all."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maxctl.artifacts import disk
from maxctl.artifacts.archive import Entry, Kind, entries
from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.core import digest
from maxctl.core.errors import UnpackError

HINT = (
    "look into the archive before anything else; nothing of it was kept. If it is what you want, pack it anew"
)
FILE_MODE, PROGRAM_MODE, FOLDER_MODE = 0o644, 0o755, 0o755
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out: the number of files, and the members left out because no tree's digest counts them."""

    files: int
    left_out: tuple[str, ...]


def unpack(archive: Path, target: Path, *, strip: int = 0, limits: Limits = LIMITS) -> Unpacked:
    """Unpack into the new folder `target`, `strip` leading folders of each path left out.

    Modes are 0644 or 0755 whatever the archive says, owners and times are not kept. Raises `UnpackError` for an
    archive that climbs out, goes over a limit or is damaged, and `DiskFullError`; then `target` is not there.
    Messages call the archive by the name of `target`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    room = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with disk.room(f"the files of {target.name}", target.parent), entries(archive, limits) as members:
            work = _Unpacking(Path(room) / "tree", archive.stat().st_size, strip, limits)
            for entry in members:
                work.place(entry)
            done = work.finish()
        (Path(room) / "tree").rename(target)
    except UnpackError as error:
        raise UnpackError(f"the archive of {target.name} {error.message}", hint=HINT) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return done


def leaving_links(tree: Path) -> list[str]:
    """Return the symbolic links of a folder that lead out of it, by their path in it."""
    inside = tree.resolve()
    return [
        path.relative_to(tree).as_posix()
        for path in digest.walk(tree)
        if path.is_symlink()
        and (path.readlink().is_absolute() or not Path(os.path.realpath(path)).is_relative_to(inside))
    ]


def inner_path(name: str, limits: Limits = LIMITS) -> PurePosixPath:
    """Return a member's name as a plain relative path; raises `UnpackError` for one that is anything else."""
    problem = None
    pure = PurePosixPath(name)
    if _NOT_PRINTABLE.search(name):
        problem = "a name with control characters"
    elif "\\" in name or _DRIVE.match(name):
        problem = "a path as of Windows"
    elif pure.is_absolute():
        problem = "an absolute path"
    elif ".." in pure.parts:
        problem = "a path that climbs out"
    else:
        try:
            raw = name.encode()
        except UnicodeEncodeError:
            problem = "a name that is not UTF-8"
        else:
            if (
                len(raw) > limits.path_bytes
                or len(pure.parts) > limits.depth
                or any(len(part.encode()) > limits.name_bytes for part in pure.parts)
            ):
                problem = "a path that is too long"
    if problem:
        raise UnpackError(f"holds `{ascii(name)[1:200].rstrip(chr(39))}`: {problem}")
    return pure


@dataclass
class _Unpacking:
    """One archive on its way into a folder that nobody else sees yet."""

    tree: Path
    packed_bytes: int
    strip: int
    limits: Limits
    _bytes: int = 0
    _files: set[PurePosixPath] = field(default_factory=set)
    _links: set[PurePosixPath] = field(default_factory=set)
    _left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree.mkdir()
        self.tree.chmod(FOLDER_MODE)

    def place(self, entry: Entry) -> None:
        """Check one member and write it."""
        path = self._stripped(inner_path(entry.name, self.limits))
        if path is None:
            return
        if any(fnmatch.fnmatchcase(part, pattern) for part in path.parts for pattern in digest.EXCLUDED):
            self._left_out.append(str(path))
            return
        if entry.kind is Kind.FOLDER:
            self._folder(path)
            return
        if entry.privileged:
            raise UnpackError(f"holds `{path}`, which would run as somebody else (setuid or setgid)")
        if path in self._files or path in self._links:
            raise UnpackError(f"holds `{path}` more than once")
        self._folder(path.parent)
        if (self.tree / path).is_dir():
            raise UnpackError(f"holds `{path}` as a file and as a folder")
        match entry.kind:
            case Kind.FILE:
                self._file(path, entry)
            case Kind.HARD_LINK:
                self._hard_link(path, entry)
            case Kind.LINK:
                self._link(path, entry)
            case _:
                raise UnpackError(f"holds `{path}`, a {entry.kind}")

    def finish(self) -> Unpacked:
        """Look at the whole: links that lean on one another can leave although each looks well."""
        leaving = leaving_links(self.tree)
        if leaving:
            raise UnpackError(f"holds the symbolic link `{leaving[0]}`, which leads out of it")
        if not self._files:
            raise UnpackError(f"holds no file{f' below {self.strip} leading folders' if self.strip else ''}")
        return Unpacked(len(self._files), tuple(sorted(self._left_out)))

    def _stripped(self, path: PurePosixPath) -> PurePosixPath | None:
        parts = path.parts[self.strip :]
        return PurePosixPath(*parts) if parts else None

    def _folder(self, path: PurePosixPath) -> None:
        """Make a folder and those above it; nothing is ever written through a link or over a file."""
        for folder in (*reversed(path.parents), path):
            if folder in self._links:
                raise UnpackError(f"writes through the symbolic link `{folder}`")
            if folder in self._files:
                raise UnpackError(f"holds `{folder}` as a file and as a folder")
            place = self.tree / folder
            if not place.is_dir():
                place.mkdir()
                place.chmod(FOLDER_MODE)

    def _file(self, path: PurePosixPath, entry: Entry) -> None:
        self._count_bytes(path, entry.size)
        place, size = self.tree / path, 0
        with place.open("xb") as file:
            for chunk in entry.chunks():
                size += len(chunk)
                if size > entry.size:
                    raise UnpackError(f"holds `{path}` with more than the {entry.size} bytes it states")
                file.write(chunk)
        if size != entry.size:
            raise UnpackError(f"holds {size} of the {entry.size} bytes of `{path}`")
        place.chmod(PROGRAM_MODE if entry.executable else FILE_MODE)
        self._files.add(path)

    def _hard_link(self, path: PurePosixPath, entry: Entry) -> None:
        """Write a copy: two names of one file would let an edit of one change the other."""
        source = self._stripped(inner_path(entry.target, self.limits))
        if source not in self._files or source is None:
            raise UnpackError(f"holds the hard link `{path}` to `{entry.target}`, which is no file before it")
        self._count_bytes(path, (self.tree / source).stat().st_size)
        shutil.copy(self.tree / source, self.tree / path)
        self._files.add(path)

    def _link(self, path: PurePosixPath, entry: Entry) -> None:
        target = PurePosixPath(entry.target)
        steps = os.path.normpath(path.parent / target)
        if not entry.target or target.is_absolute() or steps == ".." or steps.startswith("../"):
            raise UnpackError(f"holds the symbolic link `{path}`, which leads out of it")
        inner_path(steps, self.limits)
        (self.tree / path).symlink_to(entry.target)
        self._links.add(path)

    def _count_bytes(self, path: PurePosixPath, size: int) -> None:
        """Refuse by what the archive states, before anything is written; what it gives is held to that."""
        if size > self.limits.file_bytes:
            raise UnpackError(f"holds `{path}` of {size} bytes, more than {self.limits.file_bytes}")
        self._bytes += size
        if self._bytes > self.limits.total_bytes:
            raise UnpackError(f"grows to more than {self.limits.total_bytes} bytes")
        if self._bytes > max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed_bytes):
            raise UnpackError(
                f"grows to more than {self.limits.ratio:g} times its {self.packed_bytes} bytes: "
                "that is how archives are made to fill a disk"
            )
