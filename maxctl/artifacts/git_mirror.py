"""Mirrors that are a commit of a git repository: one file of it, or its whole tree as a tar.

    git+https://host/owner/repo.git@<commit>#path/of/a/file
    git+https://host/owner/repo.git@<commit>               the tree, as `tree_archive.py` packs it
    git+file:path/of/repo.git@<commit>#path                from the project's folder, or absolute

Clones stand in the cache, in `git/`, one for each commit; a clone is whole before it gets its name there. Whoever
uses one holds its lock, so that two processes neither collide nor fetch the same twice.
"""

from __future__ import annotations

import difflib
import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from maxctl.adapters.git import Clone
from maxctl.adapters.http import AbsentError
from maxctl.artifacts import disk, tree_archive
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.git_objects import Entry, Kind, Snapshot
from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.core.errors import FetchError, UnpackError
from maxctl.core.progress import Progress

LFS = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>\d+)\n?"
)
LFS_BYTES = 1024
FORM = "git+https://host/owner/repo.git@COMMIT#path, with all 40 digits of the commit"
_REMOTE = r"https://[^\s/?#@]+/[^\s?#]+?|http://(?:127\.0\.0\.1|localhost)(?::\d+)?/[^\s?#]+?|file:[^\s?#]+?"
_ADDRESS = re.compile(
    rf"git\+(?P<remote>{_REMOTE})@(?P<commit>[0-9a-f]{{40}})(?:#(?P<member>[^\x00-\x1f\x7f]+))?"
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a repository, as an address names it."""

    remote: str
    id: str


def parse(address: str) -> tuple[Commit, str | None]:
    """Return the commit that an address names, and the path in it; raises `FetchError` for one that is not exact."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise FetchError(f"{address}: must name one commit, since a branch or a tag can move", hint=FORM)
    return Commit(found["remote"], found["commit"]), found["member"]


class Clones:
    """The clones that the cache holds."""

    def __init__(self, root: Path, cache: Cache, progress: Progress, limits: Limits = LIMITS) -> None:
        self._root, self._cache, self._progress, self._limits = root, cache, progress, limits
        self._made: set[Path] = set()

    @contextmanager
    def open(self, commit: Commit, member: str | None) -> Iterator[Iterator[bytes]]:
        """Give the bytes of one file, or of the whole tree's tar.

        Raises `AbsentError` where the remote has no such commit or file, `UnpackError` for a tree over the limits
        or a damaged clone, `FetchError` where the remote cannot be asked, `ToolMissingError` without git.
        """
        what = f"{commit.remote}@{commit.id[:12]}"
        with (
            self._cache.scratch() as scratch,
            disk.room(what, self._cache.folder),
            self._locked(self._place(commit, member), what),
        ):
            clone = self._clone(commit, member, scratch, what)
            snapshot = Snapshot(clone, commit.id, scratch, self._limits)
            yield self._file(snapshot, member) if member else self._tree(snapshot, what)

    def forget(self, commit: Commit, member: str | None) -> bool:
        """Drop a clone that an earlier run made, so that it is made anew; False for one of this run, or none."""
        place = self._place(commit, member)
        if place in self._made or not place.is_dir():
            return False
        with self._locked(place, f"{commit.remote}@{commit.id[:12]}"):
            shutil.rmtree(place)
        return True

    def _clone(self, commit: Commit, member: str | None, scratch: Path, what: str) -> Clone:
        place, remote = self._place(commit, member), self._remote(commit)
        if not place.is_dir():
            self._progress.say(f"fetching {what}")
            Clone(remote, scratch / "clone").make(commit.id, thin=member is not None)
            (scratch / "clone").rename(place)
            self._made.add(place)
        return Clone(remote, place)

    def _place(self, commit: Commit, member: str | None) -> Path:
        """Return the clone's folder: a thin one, where files are asked for by name, is none for a whole tree."""
        kind = "thin" if member else "whole"
        name = sha256(f"{self._remote(commit)}\n{commit.id}\n{kind}".encode()).hexdigest()
        return self._cache.folder / "git" / name[:40]

    def _remote(self, commit: Commit) -> str:
        scheme, _, rest = commit.remote.partition(":")
        if scheme != "file":
            return commit.remote
        path = rest.removeprefix("//") if rest.startswith("///") else rest
        return f"file://{quote(str((self._root / path).resolve()))}"

    @contextmanager
    def _locked(self, place: Path, what: str) -> Iterator[None]:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.with_suffix(".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._progress.say(f"waiting for another maxctl that uses {what}")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _tree(self, snapshot: Snapshot, what: str) -> Iterator[bytes]:
        entries = snapshot.entries()
        for entry in entries:
            if entry.kind is Kind.SUBMODULE:
                self._progress.say(
                    f"{what}: the submodule {entry.path} stays empty; make it a source of its own if it is needed"
                )
        yield from tree_archive.pack(snapshot.blobs(entries))

    def _file(self, snapshot: Snapshot, path: str) -> Iterator[bytes]:
        entry = snapshot.find(path)
        if entry is None:
            raise AbsentError(f"has no file {path}{_closest(path, snapshot)}")
        if entry.kind not in (Kind.FILE, Kind.PROGRAM):
            raise AbsentError(_no_file(entry, path))
        for blob in snapshot.blobs([entry]):
            if blob.size > LFS_BYTES:
                yield from blob.chunks
                continue
            content = b"".join(blob.chunks)
            pointer = LFS.fullmatch(content)
            if pointer:
                raise AbsentError(
                    f"is a Git LFS pointer: the file itself, {int(pointer['size'])} bytes with the sha256"
                    f" {pointer['oid'].decode()}, is not in git; name the https address that its host serves it from"
                )
            yield content


def _no_file(entry: Entry, path: str) -> str:
    match entry.kind:
        case Kind.FOLDER:
            return f"{path} is a folder; name a file, or leave #{path} out for a tar of the whole tree"
        case Kind.SUBMODULE:
            inner = path.removeprefix(entry.path).lstrip("/") or "path"
            return f"{entry.path} is a submodule; name its own repository: git+https://…@{entry.id}#{inner}"
        case _:
            return f"{entry.path} is a symbolic link; name the file it leads to"


def _closest(path: str, snapshot: Snapshot) -> str:
    """Return the path that may be meant, as the end of a message."""
    try:
        files = [entry.path for entry in snapshot.entries() if entry.kind in (Kind.FILE, Kind.PROGRAM)]
    except UnpackError:  # too many to look through; then nothing is proposed
        return ""
    name = path.rpartition("/")[2].casefold()
    close = [one for one in files if one.casefold() == path.casefold()]
    close += [one for one in files if one.rpartition("/")[2].casefold() == name]
    close += difflib.get_close_matches(path, files, n=1)
    return f"; did you mean {close[0]}?" if close else ""
