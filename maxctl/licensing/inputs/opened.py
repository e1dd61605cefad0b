"""Open what a PATH names, as a folder that can be judged, and close it again.

What is unpacked stands in a folder below the cache that is removed at the end; one that a killed run left behind
goes when the cache is next used a day later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.artifacts import disk
from maxctl.artifacts.cache import Cache
from maxctl.core.errors import FetchError, StageError, ToolMissingError, UnpackError, UsageError
from maxctl.core.progress import Progress
from maxctl.licensing.inputs import formats, targets
from maxctl.licensing.inputs.expand import expand
from maxctl.licensing.inputs.extract import extract
from maxctl.licensing.inputs.placing import SCANNED, Room
from maxctl.licensing.inputs.walk import walk
from maxctl.policy.evidence import Spot

if TYPE_CHECKING:
    from maxctl.licensing.inputs import repositories


@dataclass(frozen=True, slots=True)
class Opened:
    """A target as files. Paths in `folder` are told as they are, and so are those in `inner`."""

    name: str
    """How it is told of: as it was named, with the commit or the version that was found."""
    folder: Path
    """Its files; a folder of the user's is read where it stands, and never written to."""
    inner: Path
    """The files of the archives among them, as `expand.Expansion.folder` has them; an empty folder without any."""
    archives: tuple[str, ...] = ()
    """The archives that stand in `folder`, as folders below `inner`: `vendor/outer.zip!`."""
    failures: tuple[Spot, ...] = ()
    """What could not be read, each path with its reason."""
    revision: str | None = None
    """The commit, or the version of a package."""


@contextmanager
def opened(
    target: str, cache: Path, progress: Progress, *, exclude: Sequence[str] = (), revision: str | None = None
) -> Iterator[Opened]:
    """Give the files of a target; `exclude` names files and folders where no archive is looked for.

    With `revision` the target is taken as it is there: a folder that lies in a git repository, a repository or a
    package. Raises `UsageError` for what is none of the things that are accepted, `FetchError` for what cannot be
    had or is damaged, `ToolMissingError` without git, npm or pip, `StageError` for a folder that may not be read.
    """
    meant = targets.parse(target)
    store = Cache(cache)
    with store.scratch() as scratch, disk.room(f"the files of {target}", cache):
        try:
            found = _placed(target, meant, revision, store, scratch, progress)
        except (FetchError, ToolMissingError) as error:
            error.message = f"{target}: {error.message}"
            error.args = (error.message,)
            raise
        looked = walk(found.folder, exclude)
        archives = [path for path in looked.files if formats.is_archive(path)]
        inside = expand(found.folder, archives, scratch / "inner")
        failures = (*found.failures, *looked.failures, *inside.failures)
        yield Opened(found.name, found.folder, inside.folder, inside.archives, failures, found.revision)


def _placed(
    target: str, meant: targets.Target, revision: str | None, cache: Cache, scratch: Path, progress: Progress
) -> Opened:
    if revision is not None and not isinstance(meant, targets.Folder):
        then = targets.at(meant, revision)
        if then is None:
            raise UsageError(
                f"{target} has no revisions", hint="name a folder of a git repository, or its address"
            )
        meant = then
    match meant:
        case targets.Folder(path) if revision is not None:
            return _at_revision(target, path, revision, scratch, progress)
        case targets.Folder(path):
            _readable(path)
            return Opened(target, path, path)
        case targets.Archive(path):
            return _archive(target, path, path.name, scratch)
        case targets.Package():
            from maxctl.licensing.inputs import packages

            (scratch / "download").mkdir()
            file, name, version = packages.archive(meant, cache, scratch / "download", progress)
            told = f"{meant.registry}:{meant.name}{'==' if meant.registry == 'pypi' else '@'}{version}"
            return _archive(told, file, name, scratch, version)
        case targets.Repository():
            from maxctl.licensing.inputs import repositories

            commit = repositories.commit(meant, scratch)
            return _exported(f"{meant.where}@{commit.id[:12]}", commit, "", scratch, progress)


def _readable(folder: Path) -> None:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise StageError(
            f"the folder {folder} cannot be looked into: {error.strerror}", hint="ls -ld it"
        ) from error


def _archive(told: str, file: Path, name: str, scratch: Path, version: str | None = None) -> Opened:
    folder = scratch / "tree"
    done = extract(file, PurePosixPath(name), folder, Room(SCANNED), scratch)
    if not done.files and not done.failures:
        raise UnpackError(
            done.stopped or "an archive that holds no file", hint="look into it with the program that made it"
        )
    whole = (Spot(name, text=done.stopped),) if done.stopped else ()
    return Opened(told, folder, folder, failures=(*done.failures, *whole), revision=version)


def _at_revision(target: str, folder: Path, revision: str, scratch: Path, progress: Progress) -> Opened:
    from maxctl.licensing.inputs import repositories

    found = repositories.in_folder(folder, revision)
    if found is None:
        raise UsageError(
            f"{target} lies in no git repository",
            hint="--against compares with a revision of a git repository",
        )
    commit, prefix = found
    return _exported(f"{target}@{revision}", commit, prefix, scratch, progress)


def _exported(
    told: str, commit: repositories.Commit, prefix: str, scratch: Path, progress: Progress
) -> Opened:
    from maxctl.licensing.inputs import repositories

    with repositories.snapshot(commit, scratch, progress) as snapshot:
        failures = repositories.export(snapshot, scratch / "tree", prefix)
    if not any((scratch / "tree").iterdir()) and not failures:
        raise FetchError(f"holds no file{f' in {prefix}' if prefix else ''} at {commit.id[:12]}")
    return Opened(told, scratch / "tree", scratch / "tree", failures=failures, revision=commit.id)
