"""A scan that asks the store first, and a child process for what is not in it; numpy and scancode stay in the child."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.adapters.scancode import guard, index_file, keys
from maxctl.adapters.scancode.index_file import Index
from maxctl.adapters.scancode.model import Answer, ScannedFile
from maxctl.adapters.scancode.store import Store
from maxctl.core.errors import ChildFailedError
from maxctl.core.progress import Progress

WORKER = "maxctl.adapters.scancode.worker"
DETAILS = "/details"
FILE_LIMIT_S = 900.0
BUILD_LIMIT_S = 900.0
SAY_EVERY_S = 10.0
KEEP_EVERY = 50
"""So many results may be lost when maxctl is killed."""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    sha256: str
    size: int
    key: str


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
        work = _Work(root, folder, site, hashed, known, progress, label, jobs, limit_s, store)
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


def _hash(root: Path, files: Sequence[Path], environment: str) -> tuple[list[_File], dict[str, ScannedFile]]:
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
            hashed.append(_File(relative, sha256, size, keys.of_file(environment, relative, sha256)))
    return hashed, unread


def _index(site: Path, folder: Path, progress: Progress, *, anew: bool = False) -> Index:
    """Return the index; makes it where there is none."""
    source = site / guard.INDEX
    index = None if anew else index_file.known(folder, source)
    if index is None:
        progress.say("the index of licenses is made, once for this version of scancode: some seconds")
        progress.advance("index of licenses", 0, None)
        _child({"source": str(source), "folder": str(folder)}, lambda _: None, BUILD_LIMIT_S)
        progress.advance("index of licenses", 1, 1)
        index = index_file.known(folder, source)
        if index is None:
            raise ChildFailedError("the index of licenses could not be made", hint="maxctl doctor")
    return index


def _child(request: Mapping[str, Any], hear: Callable[[dict[str, Any]], None], timeout_s: float) -> None:
    with tempfile.TemporaryDirectory(prefix="maxctl-scan-") as scratch:
        process.run(
            [sys.executable, "-P", "-m", WORKER],
            stdin=json.dumps(request).encode(),
            env={
                "SCANCODE_TEMP": scratch,
                "SCANCODE_CACHE": scratch,
                "LC_ALL": "C.UTF-8",
                "PYTHONHASHSEED": "0",
            },
            timeout_s=timeout_s,
            on_event=hear,
        )


@dataclass(slots=True)
class _Work:
    """What is left to be scanned, and how far it has come; `known` grows by what is found."""

    root: Path
    folder: Path
    site: Path
    files: Sequence[_File]
    known: dict[str, Answer]
    progress: Progress
    label: str
    jobs: int
    limit_s: float
    store: Store
    changed: dict[str, Answer] = field(default_factory=dict)
    unkept: dict[str, bytes] = field(default_factory=dict)
    done: int = 0
    read: int = 0
    unread: int = 0
    started: float = field(default_factory=time.monotonic)
    said: float = field(default_factory=time.monotonic)

    def changes_known(self, tree: str) -> dict[str, Answer] | None:
        """Return what references change, by path, or None where a child has to be asked."""
        if any(one.key not in self.known for one in self.files):
            return None
        if not any(answer.names for answer in self.known.values()):
            return {}
        body = self.store.get([tree]).get(tree)
        if body is None:
            return None
        return {path: Answer.load(text) for path, text in json.loads(body).items()}

    def keep(self, tree: str, changed: Mapping[str, Answer]) -> None:
        """Keep what references change; not where a file has no answer to be kept."""
        if not any(answer.errors for answer in self.known.values()):
            body = {path: answer.dump().decode() for path, answer in changed.items()}
            self.store.put({tree: json.dumps(body).encode()})

    def run(self, index: Index) -> dict[str, Answer]:
        """Scan what is not known; returns what references change."""
        missing = {one.key: one for one in self.files if one.key not in self.known}
        total = len(self.files)
        self.done = sum(one.key in self.known for one in self.files)
        self.changed.clear()
        self.read, self.unread = 0, sum(one.size for one in missing.values())
        self.started = time.monotonic()
        request = {
            "index": str(self.folder / index.file),
            "site": str(self.site),
            "sha256": index.sha256,
            "root": str(self.root.resolve()),
            "tree": [[one.path, one.key] for one in self.files],
            "files": [[one.path, one.key, one.sha256, one.size] for one in missing.values()],
            "names": {key: answer.names for key, answer in self.known.items() if answer.names},
            "store": str(self.folder.resolve()),
            "jobs": self.jobs,
            "limit_s": self.limit_s,
        }
        if missing:
            self.progress.say(f"{self.label}: {len(missing)} of {total} files are to be read")
        self.progress.advance(self.label, self.done, total)
        try:
            _child(request, self._hear, 600 + self.limit_s * len(missing))
        finally:
            self._flush()
        self._tell_rate(len(missing), time.monotonic() - self.started)
        return self.changed

    def _hear(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "file":
                self._take(event["key"], Answer.load(event["answer"]))
                if not self.known[event["key"]].errors:
                    self.unkept[event["key"]] = event["answer"].encode()
                    if event["details"]:
                        self.unkept[event["key"] + DETAILS] = event["details"].encode()
                    if len(self.unkept) > KEEP_EVERY:
                        self._flush()
            case "lost":
                self._take(event["key"], Answer(None, (), errors=(f"the scanner {event['why']}",)))
            case "changed":
                self.changed[event["path"]] = Answer.load(event["answer"])

    def _take(self, key: str, answer: Answer) -> None:
        self.known[key] = answer
        same = [one for one in self.files if one.key == key]
        self.done += len(same)
        self.read += same[0].size
        self.progress.advance(self.label, self.done, len(self.files))
        now = time.monotonic()
        if now - self.said > SAY_EVERY_S:
            self.said = now
            rate = self.done / (now - self.started)
            # the largest files come first, so bytes tell the time better than files
            left = (now - self.started) * (self.unread - self.read) / max(self.read, 1)
            self.progress.say(
                f"{self.label}: {self.done} of {len(self.files)} files, {rate:.1f} a second, about {left:.0f} s left"
            )

    def _tell_rate(self, count: int, seconds: float) -> None:
        if count:
            self.progress.say(
                f"{self.label}: {count} files in {seconds:.1f} s, {count / seconds:.0f} a second"
            )

    def _flush(self) -> None:
        unkept, self.unkept = self.unkept, {}
        self.store.put(unkept)
