"""Reading the files of a tree that are not known: by a child process, telling how far it has come."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.adapters.scancode import keys
from maxctl.adapters.scancode.index_file import Index
from maxctl.adapters.scancode.model import Answer
from maxctl.adapters.scancode.store import Store
from maxctl.core.progress import Progress

WORKER = "maxctl.adapters.scancode.worker"
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
"""Nothing hangs on the order of sets; and numpy has no threads when workers are forked."""
SAY_EVERY_S = 10.0
KEEP_EVERY = 50
"""So many results may be lost when maxctl is killed."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be scanned: its path in the tree, digest, size, and the key of its answer."""

    path: str
    sha256: str
    size: int
    key: str


def ask(request: Mapping[str, Any], hear: Callable[[dict[str, Any]], None], timeout_s: float) -> None:
    """Run the child on a request; `hear` is given its events."""
    with tempfile.TemporaryDirectory(prefix="maxctl-scan-") as scratch:
        process.run(
            [sys.executable, "-P", "-m", WORKER],
            stdin=json.dumps(request).encode(),
            env={"SCANCODE_TEMP": scratch, "SCANCODE_CACHE": scratch, **ENVIRONMENT},
            timeout_s=timeout_s,
            on_event=hear,
        )


@dataclass(slots=True)
class Reading:
    """What is left to be scanned, and how far it has come; `known` grows by what is found."""

    root: Path
    folder: Path
    site: Path
    files: Sequence[File]
    known: dict[str, Answer]
    progress: Progress
    label: str
    jobs: int
    limit_s: float
    store: Store
    times: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
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
        self.times = Counter(one.key for one in self.files)
        self.sizes = {key: one.size for key, one in missing.items()}
        self.read, self.unread = 0, sum(self.sizes.values())
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
            ask(request, self._hear, 600 + self.limit_s * len(missing))
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
                        self.unkept[keys.of_details(event["key"])] = event["details"].encode()
                    if len(self.unkept) > KEEP_EVERY:
                        self._flush()
            case "lost":
                self._take(event["key"], Answer(None, (), errors=(f"the scanner {event['why']}",)))
            case "changed":
                self.changed[event["path"]] = Answer.load(event["answer"])

    def _take(self, key: str, answer: Answer) -> None:
        self.known[key] = answer
        self.done += self.times[key]
        self.read += self.sizes[key]
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
