"""Check a tree written for a test; every finding must carry a declared code."""

from __future__ import annotations

import os
from pathlib import Path

from maxctl.core.findings import Finding
from maxctl.core.progress import Silent
from maxctl.core.stage import Outcome
from maxctl.health.check import Check, Options, check
from maxctl.health.checks.interface import Tree


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def checked(
    root: Path, files: dict[str, str | bytes], *, artifacts: bool = False, options: Options | None = None
) -> Outcome:
    tree = Tree("", write(root / "tree", files), artifacts=artifacts)
    outcome = check([tree], options or Options(), Silent())
    assert {finding.code for finding in outcome.findings} <= {code.code for code in Check.codes}
    return outcome


def told(outcome: Outcome, code: str) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.code == code]


def places(outcome: Outcome, code: str) -> list[str]:
    return [str(finding.place) for finding in told(outcome, code)]


class Executes:
    """Pickles to a call of os.system, which would leave a file behind if anything loaded it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)
