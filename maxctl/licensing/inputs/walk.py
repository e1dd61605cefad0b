"""Every file of a folder, however deep, and the folders that cannot be looked into."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from maxctl.policy.evidence import Spot


@dataclass(frozen=True, slots=True)
class Walked:
    """Files and symbolic links, sorted by path, none of them followed; folders that were not read, with the reason."""

    files: tuple[Path, ...]
    failures: tuple[Spot, ...] = ()


def walk(root: Path, exclude: Iterable[str]) -> Walked:
    """Look below `root`, leaving out the names of `exclude`, as `digest.walk` does.

    Unlike it, this neither fails at a folder that may not be read nor runs out of stack at folders a thousand deep.
    """
    left_out = re.compile("|".join(map(fnmatch.translate, exclude)) or r"(?!)")
    found: list[str] = []
    failures: list[Spot] = []
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if left_out.match(entry.name):
                        continue
                    (waiting if entry.is_dir(follow_symlinks=False) else found).append(entry.path)
        except OSError as error:
            shown = os.path.relpath(folder, root).encode("utf-8", "backslashreplace").decode()
            failures.append(Spot(shown, text=f"a folder that cannot be looked into: {error.strerror}"))
    failures.sort(key=lambda spot: spot.path)
    return Walked(tuple(sorted(map(Path, found))), tuple(failures))
