"""A commit of a repository as a folder, and single files of it: read by git's object names, nothing of it run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters.git import Clone
from maxctl.adapters.git_revisions import Local, Remote
from maxctl.artifacts.git_objects import Kind, Snapshot
from maxctl.artifacts.limits import LIMITS
from maxctl.core.errors import UnpackError, UsageError
from maxctl.core.progress import Progress
from maxctl.licensing.inputs.placing import SCANNED, Placing, Room
from maxctl.licensing.inputs.targets import Repository
from maxctl.policy.evidence import Spot

FILE_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that can be read, and the repository that has it, as git is to be told of it."""

    remote: str
    id: str


def commit(repository: Repository, scratch: Path) -> Commit:
    """Return the commit that is meant; raises `FetchError` where it is not there or cannot be asked."""
    if isinstance(repository.where, str):
        return Commit(repository.remote, Remote(repository.remote, scratch).commit(repository.revision))
    found = in_folder(repository.where, repository.revision or "HEAD")
    if found is None:
        raise UsageError(f"{repository.where} is no git repository", hint="name the repository's own folder")
    return found[0]


def in_folder(folder: Path, revision: str) -> tuple[Commit, str] | None:
    """Return the commit that a revision means where a folder stands, and the folder's path in the repository.

    None where there is no repository.
    """
    local = Local(folder)
    standing = local.standing()
    if standing is None:
        return None
    repository = Repository(standing.repository)
    return Commit(repository.remote, local.commit(revision)), standing.prefix


@contextmanager
def snapshot(commit: Commit, scratch: Path, progress: Progress) -> Iterator[Snapshot]:
    """Give the commit, from a bare clone of its own in the empty folder `scratch`."""
    progress.say(f"fetching {commit.remote}@{commit.id[:12]}")
    clone = Clone(commit.remote, scratch / "clone")
    clone.make(commit.id, thin=False)
    yield Snapshot(clone, commit.id, scratch, SCANNED)


def export(found: Snapshot, folder: Path, prefix: str = "") -> tuple[Spot, ...]:
    """Write the files of a commit, or of one folder of it, below the new folder `folder`; return what was left out.

    Raises `UnpackError` for a commit over the limits or a damaged clone.
    """
    placing = Placing(folder, Room(SCANNED))
    wanted = []
    for entry in found.entries():
        inside = entry.path.removeprefix(f"{prefix}/") if prefix else entry.path
        if prefix and inside == entry.path:
            continue
        if entry.kind is Kind.SUBMODULE:
            placing.refuse(inside, f"a submodule, which is a repository of its own ({entry.id[:12]})")
        elif (path := placing.path(inside)) is not None:
            wanted.append((entry, path))
    paths = dict(wanted)
    for blob in found.blobs([entry for entry, _ in wanted]):
        if blob.entry.kind is Kind.LINK:
            target = b"".join(blob.chunks) if blob.size <= LIMITS.path_bytes else b""
            placing.link(paths[blob.entry], target.decode(errors="surrogateescape"))
        else:
            placing.file(paths[blob.entry], blob.chunks)
        for _ in blob.chunks:  # what was refused: the next blob stands behind it
            pass
    placing.finish()
    return tuple(placing.failures)


def text(found: Snapshot, path: str) -> str | None:
    """Return the text of a file of a commit, None where there is none; raises `UnpackError` for one that is no text."""
    entry = found.find(path)
    if entry is None or entry.kind not in (Kind.FILE, Kind.PROGRAM):
        return None
    for blob in found.blobs([entry]):
        if blob.size > FILE_BYTES:
            raise UnpackError(f"holds {path} of {blob.size} bytes, more than {FILE_BYTES}")
        try:
            return b"".join(blob.chunks).decode()
        except UnicodeDecodeError as error:
            raise UnpackError(f"holds {path}, which is not UTF-8 text") from error
    return None
