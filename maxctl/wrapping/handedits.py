"""Generate again without losing a hand edit: each file is what it was, what it is, and what it would be now.

What was generated is remembered by digest in the service itself (`.maxctl.json`, committed with it), and by
content in the cache. A file that nobody touched is replaced. An edited one is kept, or merged when its template
changed too; where both changed the same lines, the edit stays and the new version lies beside it as `<file>.new`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from maxctl.adapters import process
from maxctl.core import digest
from maxctl.core.errors import StageError

STATE = ".maxctl.json"
SCHEMA = "maxctl/generated/1"


class Act(Enum):
    """What happens to one file."""

    WRITE = "write"
    KEEP = "keep"
    MERGE = "merge"
    OFFER = "offer"
    DROP = "drop"
    STAY_AWAY = "stay away"


@dataclass(frozen=True, slots=True)
class Offer:
    """A new version that waits beside an edited file: where, and its digest."""

    at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class State:
    """What was generated last time, by path and digest; offers that nobody has taken up yet."""

    files: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)


def read_state(service: Path) -> State:
    """Return what a generated service remembers; an empty state where there is none."""
    path = service / STATE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(f"its schema is {data['schema']}, not {SCHEMA}")
        offers = {name: Offer(offer["at"], offer["sha256"]) for name, offer in data["offers"].items()}
        return State(dict(data["files"]), offers, dict(data["assets"]))
    except FileNotFoundError:
        return State()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StageError(
            f"service/{STATE} cannot be used: {error}", hint="restore it from version control, or delete it"
        ) from error


def write_state(service: Path, state: State) -> None:
    """Write what the next run needs to know."""
    data = {
        "note": "Written by maxctl scaffold: what it generated, so that it knows your edits. Commit it.",
        "schema": SCHEMA,
        "files": dict(sorted(state.files.items())),
        "offers": {name: {"at": o.at, "sha256": o.sha256} for name, o in sorted(state.offers.items())},
        "assets": dict(sorted(state.assets.items())),
    }
    (service / STATE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def decide(before: str | None, current: str | None, now: str | None) -> Act:
    """Return what to do with a file, from the digests of what was generated, what is there, what would be."""
    if now is None:
        return Act.DROP if current == before else Act.KEEP
    if current is None:
        return Act.WRITE if before is None else Act.STAY_AWAY
    if current == now:
        return Act.KEEP
    if current == before:
        return Act.WRITE
    if before is None:
        return Act.OFFER
    return Act.KEEP if before == now else Act.MERGE


def fingerprint(path: Path) -> str | None:
    """Return the digest of a file as it is there, of a link by its target; None where there is nothing."""
    if path.is_symlink():
        return digest.of_bytes(f"link {path.readlink()}".encode())
    if path.is_dir():
        return digest.of_bytes(b"folder")
    return digest.of_file(path) if path.exists() else None


class Remembered:
    """Contents that were generated once, by digest, in the cache."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "generated"

    def keep(self, content: bytes) -> None:
        """Remember a content."""
        path = self._folder / digest.of_bytes(content).removeprefix("sha256:")
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)

    def find(self, fingerprint: str) -> bytes | None:
        """Return a content, or None where this machine never generated it (or it was damaged)."""
        path = self._folder / fingerprint.removeprefix("sha256:")
        content = path.read_bytes() if path.is_file() else None
        return content if content is not None and digest.of_bytes(content) == fingerprint else None


def merge(before: bytes, current: bytes, now: bytes) -> bytes | None:
    """Return the text with both changes, or None where they touch the same lines or it is no text."""
    if any(b"\0" in content for content in (before, current, now)):
        return None
    git = process.program("git", "apt-get install git")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("current", "before", "now")]
        for path, content in zip(paths, (current, before, now), strict=True):
            path.write_bytes(content)
        # the exit code is the number of conflicts
        done = process.run([git, "merge-file", "--quiet", *map(str, paths)], cwd=Path(folder), ok=range(128))
        return paths[0].read_bytes() if done.returncode == 0 else None
