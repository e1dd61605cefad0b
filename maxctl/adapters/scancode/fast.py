"""A scan that asks the store first, and a child process for what is not in it; numpy and scancode stay in the child."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from maxctl.adapters.scancode import guard, index_file, keys, reading
from maxctl.adapters.scancode.index_file import Index
from maxctl.adapters.scancode.model import Answer, ScannedFile
from maxctl.adapters.scancode.reading import File, Reading
from maxctl.adapters.scancode.store import Store
from maxctl.core.errors import ChildFailedError
from maxctl.core.progress import Progress

FILE_LIMIT_S = 900.0
BUILD_LIMIT_S = 900.0


def scan(
    root: Path,
    files: Sequence[Path],
    cache: Path,
    progress: Progress,
    *,
    jobs: int,
    label: str,
    site: Path,
    limit_s: float = FILE_LIMIT_S,
) -> tuple[ScannedFile, ...]:
    """Return what scancode's parts find in the files below `root`, in their order.

    A file that cannot be read, or on which the scanner hangs or dies, says so in its `errors`. Raises
    `ChildFailedError` where the child fails as a whole.
    """
    folder = cache / "scancode"
    with Store(folder, progress.say) as store:
        index = _index(site, folder, progress)
        environment = keys.environment(site, index.rules)
        hashed, unread = _hash(root, files, environment)
        known = {
            key: Answer.load(body)
            for key, body in store.get(dict.fromkeys(one.key for one in hashed)).items()
        }
        work = Reading(root, folder, site, hashed, known, progress, label, jobs, limit_s, store)
        tree = keys.of_tree(environment, [(one.path, one.key) for one in hashed])
        changed = work.changes_known(tree)
        if changed is None:
            try:
                changed = work.run(index)
            except ChildFailedError:
                if index_file.digest(folder / index.file) == index.sha256:
                    raise
                progress.say(f"{label}: the index of licenses is damaged and is made anew")
                changed = work.run(_index(site, folder, progress, anew=True))
            work.keep(tree, changed)
        else:
            progress.say(f"{label}: {len(hashed)} files are known from an earlier scan")
    answers = {one.path: known[one.key].at(one.path, f"sha256:{one.sha256}") for one in hashed}
    for path, answer in changed.items():
        before = answers[path]
        answers[path] = ScannedFile(
            path, answer.licenses, answer.found, before.copyrights, before.errors, before.sha256
        )
    answers |= unread
    return tuple(answers[path.relative_to(root).as_posix()] for path in files)


def _hash(root: Path, files: Sequence[Path], environment: str) -> tuple[list[File], dict[str, ScannedFile]]:
    hashed, unread = [], {}
    for path in files:
        relative = path.relative_to(root).as_posix()
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError as fault:
            unread[relative] = ScannedFile(relative, None, (), (), (f"cannot be read: {fault.strerror}",))
        else:
            hashed.append(File(relative, sha256, size, keys.of_file(environment, relative, sha256)))
    return hashed, unread


def _index(site: Path, folder: Path, progress: Progress, *, anew: bool = False) -> Index:
    """Return the index; makes it where there is none."""
    source = site / guard.INDEX
    index = None if anew else index_file.known(folder, source)
    if index is None:
        progress.say("the index of licenses is made, once for this version of scancode: some seconds")
        progress.advance("index of licenses", 0, None)
        reading.ask({"source": str(source), "folder": str(folder)}, lambda _: None, BUILD_LIMIT_S)
        progress.advance("index of licenses", 1, 1)
        index = index_file.known(folder, source)
        if index is None:
            raise ChildFailedError("the index of licenses could not be made", hint="maxctl doctor")
    return index
