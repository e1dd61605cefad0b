"""Lay the generated files and the person's own into one new tree, and tell what stood in the way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath

from maxctl.core import digest
from maxctl.core.errors import StageError
from maxctl.core.findings import Finding, Place, Severity
from maxctl.wrapping.codes import ASSET_EDITED, CONFLICT, DELETED
from maxctl.wrapping.handedits import (
    STATE,
    Act,
    Offer,
    Remembered,
    State,
    decide,
    fingerprint,
    merge,
    read_state,
    write_state,
)

PLAIN = 0o644


@dataclass
class Regenerated:
    """What came of it: findings, and the generated files that hold hand edits."""

    findings: list[Finding] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


class Tree:
    """One generation: `previous` is the service as it is now (or was never there), `target` the new one."""

    def __init__(self, previous: Path, target: Path, remembered: Remembered) -> None:
        if previous.is_symlink() or (previous.exists() and not previous.is_dir()):
            raise StageError("service is no folder of this project", hint="move it away, and scaffold again")
        self.previous, self.target, self.remembered = previous, target, remembered
        self.old = read_state(previous)
        self.files: dict[str, str] = {}
        self.offers: dict[str, Offer] = {}
        self.taken: set[str] = {STATE}
        self.told = Regenerated()

    def lay(self, generated: Mapping[str, bytes], assets: Iterable[str]) -> Regenerated:
        """Fill `target`, where the assets already are; the files of `previous` are only read."""
        packed = {path: digest.of_file(self.target / path) for path in assets}
        for path in sorted({*generated, *packed}):
            self._way_is_clear(path)
        for path in sorted({*packed, *self.old.assets}):
            self._asset(path, packed.get(path))
        for path in sorted({*generated, *self.old.files}):
            self._file(path, generated.get(path))
        self._carry(self.previous, self.target)
        write_state(self.target, State(self.files, self.offers, packed))
        return self.told

    def _file(self, path: str, content: bytes | None) -> None:
        here = self.previous / path
        current, now = fingerprint(here), digest.of_bytes(content) if content is not None else None
        before, offer = self.old.files.get(path), self.old.offers.get(path)
        if offer is not None and fingerprint(self.previous / offer.at) is None:
            before, offer = offer.sha256, None  # the person took it up, or decided against it
        act = decide(before, current, now)
        merged = self._merged(before, here, content) if act is Act.MERGE else None
        if act is Act.MERGE and merged is None:
            act = Act.OFFER
        if act is Act.OFFER and content is not None and now is not None:
            self._offer(path, content, now, offer)
            if before is not None:
                self.files[path] = before
        elif now is not None:
            self.files[path] = now
        if offer is not None and fingerprint(self.previous / offer.at) == offer.sha256:
            self.taken.add(offer.at)  # shown again below, or no longer needed
        if act is Act.DROP:
            self.taken.add(path)
        if act is Act.WRITE and content is not None:
            self._write(path, content)
        if merged is not None:
            self._write(path, merged, executable=os.access(here, os.X_OK))
            self.told.merged.append(path)
        if act is Act.STAY_AWAY and before != now:
            self.told.findings.append(_deleted(path))
        if now is not None and current is not None and act is not Act.WRITE and current != now:
            self.told.edited.append(path)
        if content is not None:
            self.remembered.keep(content)

    def _merged(self, before: str | None, here: Path, content: bytes | None) -> bytes | None:
        base = self.remembered.find(before) if before is not None else None
        if base is None or content is None or here.is_symlink() or not here.is_file():
            return None
        return merge(base, here.read_bytes(), content)

    def _offer(self, path: str, content: bytes, now: str, old: Offer | None) -> None:
        names = (f"{path}.new" if n == 0 else f"{path}.{n}.new" for n in count())
        free = (None, old.sha256 if old else None)
        at = next(name for name in names if fingerprint(self.previous / name) in free)
        self._write(at, content)
        self.offers[path] = Offer(at, now)
        self.told.findings.append(_conflict(path, at))

    def _asset(self, path: str, sha256: str | None) -> None:
        current = fingerprint(self.previous / path)
        untouched = current in (None, sha256, self.old.assets.get(path))
        if untouched or sha256 is not None:
            self.taken.add(path)
        if untouched or sha256 is None:  # what is no longer packed but was edited is the person's own
            return
        kept = next(
            name for n in count() if fingerprint(self.previous / (name := f"{path}.{n}.edited")) is None
        )
        _link(self.previous / path, self.target / kept)
        self.told.findings.append(_asset_edited(path, kept))

    def _write(self, path: str, content: bytes, *, executable: bool = False) -> None:
        place = self.target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(PLAIN | 0o111 if executable else PLAIN)
        self.taken.add(path)

    def _way_is_clear(self, path: str) -> None:
        for parent in list(PurePosixPath(path).parents)[:-1]:
            place = self.previous / parent
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise StageError(
                    f"service/{parent} is no folder, but service/{path} has to stand in it",
                    hint=f"move service/{parent} away",
                )

    def _carry(self, here: Path, there: Path) -> None:
        """Take along what the person put there: version control, environments, empty folders."""
        if not here.is_dir():
            return
        for entry in sorted(os.scandir(here), key=lambda entry: entry.name):
            place, target = Path(entry.path), there / entry.name
            if place.relative_to(self.previous).as_posix() in self.taken or entry.name == "__pycache__":
                continue
            if entry.is_dir(follow_symlinks=False):
                target.mkdir(parents=True, exist_ok=True)
                shutil.copystat(place, target)
                self._carry(place, target)
            else:
                _link(place, target)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    try:
        os.link(source, target)  # the old tree is thrown away afterwards; this keeps time, mode and content
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def _conflict(path: str, at: str) -> Finding:
    return Finding(
        CONFLICT.code,
        Severity.ERROR,
        path,
        f"service/{path} is not as it was generated, and its new version cannot be merged into it",
        f"bring what you need from service/{at} into it, delete service/{at}, and run `maxctl scaffold`",
        Place(f"service/{path}"),
    )


def _deleted(path: str) -> Finding:
    return Finding(
        DELETED.code,
        Severity.NOTE,
        path,
        f"service/{path} was deleted, and would be another one now",
        f"nothing to do; to have it back, delete its line in service/{STATE} and scaffold again",
        Place(f"service/{path}"),
    )


def _asset_edited(path: str, kept: str) -> Finding:
    return Finding(
        ASSET_EDITED.code,
        Severity.WARNING,
        path,
        f"service/{path} was edited; it is as packed again, and the edit is in service/{kept}",
        "change the project (labels.json, or the model), raise `version`, and run `maxctl run`",
        Place(f"service/{kept}"),
    )
