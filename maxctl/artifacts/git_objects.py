"""What stands in a commit: its tree and its files as git keeps them, each held to its own name.

The name of an object is the SHA-1 of what it is, so that a commit vouches for every byte below it, whatever
the server, the cache or git's own settings (line ends, filters, substitutions) make of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from maxctl.adapters.git import Clone
from maxctl.adapters.http import AbsentError
from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.core.errors import UnpackError

CHUNK = 1 << 20
TREE_BYTES = 64 * 1024**2


class Kind(StrEnum):
    """What an entry of a tree is."""

    FILE = "file"
    PROGRAM = "executable file"
    LINK = "symbolic link"
    FOLDER = "folder"
    SUBMODULE = "submodule"


_KINDS = {"40000": Kind.FOLDER, "120000": Kind.LINK, "160000": Kind.SUBMODULE}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its path from the top, what it is, and the name of its object."""

    path: str
    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of a file, or the target of a link. `chunks` may be taken once, before the next blob."""

    entry: Entry
    size: int
    chunks: Iterator[bytes]


class Snapshot:
    """A commit in a clone; `scratch` is a folder for what git writes out."""

    def __init__(self, clone: Clone, commit: str, scratch: Path, limits: Limits = LIMITS) -> None:
        self._clone, self._commit, self._scratch, self._limits = clone, commit, scratch, limits

    def find(self, path: str) -> Entry | None:
        """Return the entry at a path, or the submodule or link that stands in its way; None without either."""
        found, names = self._top(), path.split("/")
        for depth, name in enumerate(names, 1):
            entry = next(
                (one for one in self._list(found, depth) if one.path.rpartition("/")[2] == name), None
            )
            if entry is None or entry.kind is not Kind.FOLDER:
                in_the_way = entry is not None and entry.kind in (Kind.LINK, Kind.SUBMODULE)
                return entry if in_the_way or depth == len(names) else None
            found = entry
        return found

    def entries(self) -> list[Entry]:
        """Return all that is no folder, sorted by the bytes of its path; raises `UnpackError` over a limit."""
        leaves: list[Entry] = []
        level, count = [self._top()], 0
        for _ in range(self._limits.depth + 1):
            trees = self._load({entry.id for entry in level})
            inner: list[Entry] = []
            for folder in level:
                for entry in _parse(trees[folder.id], folder.path):
                    count += 1
                    if count > self._limits.entries:
                        raise UnpackError(f"holds more than {self._limits.entries} files and folders")
                    (inner if entry.kind is Kind.FOLDER else leaves).append(entry)
            if not inner:
                return sorted(leaves, key=lambda entry: entry.path.encode(errors="surrogateescape"))
            level = inner
        raise UnpackError(f"holds folders in folders, more than {self._limits.depth} deep")

    def blobs(self, entries: Sequence[Entry]) -> Iterator[Blob]:
        """Yield the contents in order; raises `UnpackError` over a limit, before anything is read, or for damage."""
        wanted = [entry for entry in entries if entry.kind is not Kind.SUBMODULE]
        sizes = self._sizes({entry.id for entry in wanted}, "blob", self._limits.file_bytes)
        total = sum(sizes[entry.id] for entry in wanted)
        if total > self._limits.total_bytes:
            raise UnpackError(f"holds {total} bytes, more than {self._limits.total_bytes}")
        out = self._scratch / "blobs"
        self._clone.read([entry.id for entry in wanted], out)
        with out.open("rb") as file:
            for entry in wanted:
                yield Blob(entry, sizes[entry.id], _object(file, entry.id, "blob", sizes[entry.id]))

    def _top(self) -> Entry:
        found = self._clone.sizes([self._commit])[self._commit]
        if found is None or found[0] != "commit":
            what = f": that is a {found[0]}, name a commit" if found else ""
            raise AbsentError(f"has no commit {self._commit}{what}")
        content = self._read({self._commit: found[1]}, "commit")[self._commit]
        first = content.partition(b"\n")[0].decode(errors="replace")
        if not first.startswith("tree "):
            raise UnpackError(f"the commit {self._commit} has no tree")
        return Entry("", Kind.FOLDER, first.removeprefix("tree "))

    def _list(self, folder: Entry, depth: int) -> Iterator[Entry]:
        if depth > self._limits.depth:
            return iter(())
        return _parse(self._load({folder.id})[folder.id], folder.path)

    def _load(self, ids: Iterable[str]) -> dict[str, bytes]:
        sizes = self._sizes(ids, "tree", TREE_BYTES)
        if sum(sizes.values()) > TREE_BYTES:
            raise UnpackError(f"holds folders whose lists take more than {TREE_BYTES} bytes")
        return self._read(sizes, "tree")

    def _read(self, sizes: dict[str, int], kind: str) -> dict[str, bytes]:
        out = self._scratch / "list"
        self._clone.read(sizes, out)
        with out.open("rb") as file:
            return {id_: b"".join(_object(file, id_, kind, size)) for id_, size in sizes.items()}

    def _sizes(self, ids: Iterable[str], kind: str, limit: int) -> dict[str, int]:
        sizes = {}
        for id_, found in self._clone.sizes(sorted(ids)).items():
            if found is None or found[0] != kind:
                raise UnpackError(f"lacks the {kind} {id_}")
            sizes[id_] = found[1]
            if found[1] > limit:
                raise UnpackError(f"holds a {kind} of {found[1]} bytes, more than {limit}")
        return sizes


def _parse(content: bytes, folder: str) -> Iterator[Entry]:
    """Yield the entries of a tree object; names that are no UTF-8 come with surrogates."""
    at = 0
    while at < len(content):
        end = content.find(b"\0", at)
        mode, _, name = content[at:end].decode(errors="surrogateescape").partition(" ")
        at = end + 21
        if end < 0 or at > len(content) or not name or "/" in name:
            raise UnpackError("holds a folder whose list is damaged")
        kind = _KINDS.get(mode.lstrip("0")) or (Kind.PROGRAM if mode.endswith("755") else Kind.FILE)
        yield Entry(f"{folder}/{name}" if folder else name, kind, content[end + 1 : at].hex())


def _object(file: IO[bytes], id_: str, kind: str, size: int) -> Iterator[bytes]:
    """Yield the content of the object that comes next in what `git cat-file --batch` wrote."""
    header = file.readline(100)
    digest, left = hashlib.sha1(f"{kind} {size}\0".encode(), usedforsecurity=False), size
    while left and (chunk := file.read(min(left, CHUNK))):
        left -= len(chunk)
        digest.update(chunk)
        yield chunk
    if header != f"{id_} {kind} {size}\n".encode() or file.read(1) != b"\n" or digest.hexdigest() != id_:
        raise UnpackError(f"the clone is damaged: the {kind} {id_} is something else")
