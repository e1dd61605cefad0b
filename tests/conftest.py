"""Fixtures shared by the tests: the command as a user runs it, and a third party's stages."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
Maxctl = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share."""
    return (
        tmp_path_factory.getbasetemp().parent
        if "PYTEST_XDIST_WORKER" in os.environ
        else tmp_path_factory.getbasetemp()
    )


@pytest.fixture(scope="session")
def plugin(shared: Path) -> Path:
    """Where a third party's distribution with four stages is installed; made once a test run."""
    folder = shared / "plugin"
    with (shared / "plugin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--target",
                    str(folder),
                    str(HERE / "plugin"),
                ],
                check=True,
            )
            (folder / ".complete").touch()
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, so that no test sees what another fetched."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("MAXCTL_CACHE", str(cache))
    return cache


@pytest.fixture
def maxctl(plugin: Path) -> Maxctl:
    """Run `maxctl …` as a user does, the third party's stages installed; returns the finished process."""

    def run(
        *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 120
    ):
        return subprocess.run(
            [sys.executable, "-m", "maxctl", *arguments],
            cwd=cwd,
            text=True,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "PYTHONPATH": str(plugin), "COLUMNS": "160", **(env or {})},
        )

    return run
