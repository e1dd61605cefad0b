"""Open the archives that stand inside a tree, and those inside them."""

from __future__ import annotations

import errno
import tempfile
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maxctl.licensing.inputs import formats
from maxctl.licensing.inputs.extract import extract
from maxctl.licensing.inputs.placing import INNER, Room
from maxctl.licensing.inputs.walk import walk
from maxctl.policy.evidence import Spot

DEPTH = 3
MARK = "!"


@dataclass(frozen=True, slots=True)
class Expansion:
    """What was in the archives of a tree.

    The path of a file below `folder` is how people are told of it: `vendor/outer.zip!/inner/LICENSE`, and
    `outer.zip!/deep.tar!/LICENSE` for an archive in an archive. `failures` are paths of the same kind, or those of
    archives of the tree itself, each with the reason why it was not read.
    """

    folder: Path
    archives: tuple[str, ...] = ()
    """Those of the tree itself that were opened, as folders below `folder`: `vendor/outer.zip!`."""
    failures: tuple[Spot, ...] = ()


def expand(
    root: Path, archives: Iterable[Path], into: Path, room: Room | None = None, depth: int = DEPTH
) -> Expansion:
    """Open archives of the tree `root` into the new folder `into`, and theirs, `depth` deep in all.

    `room` is what all of them may hold together. Nothing is run, followed or written outside `into`.
    """
    shared = room or Room(INNER)
    into.mkdir(parents=True)
    opened: list[str] = []
    failures: list[Spot] = []
    waiting = deque((path, PurePosixPath(path.relative_to(root).as_posix()), 1) for path in sorted(archives))
    while waiting:
        archive, shown, level = waiting.popleft()
        if level > depth:
            failures.append(Spot(_clean(shown), text=f"archives in archives, more than {depth} deep"))
            continue
        inner = into / f"{shown}{MARK}"
        stopped = _open(archive, shown, inner, shared, into.parent, failures)
        if stopped is not None:
            failures.append(Spot(_clean(shown), text=stopped))
        if not inner.is_dir():
            continue
        if level == 1:
            opened.append(f"{shown}{MARK}")
        for path in walk(inner, ()).files:
            if formats.is_archive(path) and not path.is_symlink():
                waiting.append((path, PurePosixPath(path.relative_to(into).as_posix()), level + 1))
    return Expansion(into, tuple(opened), tuple(failures))


def _open(
    archive: Path, shown: PurePosixPath, inner: Path, room: Room, scratch: Path, failures: list[Spot]
) -> str | None:
    """Open one archive, and add what it holds that was not read; return why it was not read to its end."""
    if archive.is_symlink() or not archive.is_file():
        return None  # whoever looks at the tree tells of those
    try:
        str(shown).encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    try:
        with tempfile.TemporaryDirectory(dir=scratch) as made:
            done = extract(archive, shown, Path(made) / "tree", room, Path(made))
            inner.parent.mkdir(parents=True, exist_ok=True)
            (Path(made) / "tree").rename(inner)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return f"an archive that cannot be opened: {error.strerror or error}"
    failures.extend(Spot(f"{shown}{MARK}/{spot.path}", text=spot.text) for spot in done.failures)
    return done.stopped


def _clean(path: PurePosixPath) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()
