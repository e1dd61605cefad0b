"""The example, walked once through its whole lifecycle with real parts; every end-to-end test looks at that."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.images.conftest import engine  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Walked:
    """The project after its first run, what that run told, and how to call maxctl with the same cache."""

    project: Path
    report: dict[str, Any]
    cache: Path

    def maxctl(self, *arguments: str, cwd: Path | None = None, timeout: float = 600, **options: Any) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "maxctl", *arguments],
            cwd=cwd or self.project,
            env={**os.environ, "MAXCTL_CACHE": str(self.cache), "COLUMNS": "160"},
            text=True,
            capture_output=True,
            timeout=timeout,
            **options,
        )


@pytest.fixture(scope="session")
def walked(shared: Path) -> Walked:
    """The example after `maxctl run`; made by whichever worker comes first."""
    folder = shared / "walked"
    project, cache, report = folder / "project", folder / "cache", folder / "report.json"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not report.exists():
            shutil.rmtree(project, ignore_errors=True)
            walk = subprocess.run(
                ["sh", str(ROOT / "examples/demo.sh"), str(project)],  # what `make demo` does
                env={
                    **os.environ,
                    "MAXCTL_CACHE": str(cache),
                    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                },
                text=True,
                capture_output=True,
                timeout=1500,
            )
            assert walk.returncode == 0, f"{walk.stdout}\n{walk.stderr}"
            (folder / "demo.txt").write_text(walk.stdout)
            told = Walked(project, {}, cache).maxctl("run", "-f", "json")
            assert told.returncode == 0, told.stderr
            report.write_text(told.stdout)
    return Walked(project, json.loads(report.read_text()), cache)


@pytest.fixture
def copied(walked: Walked, tmp_path: Path) -> Walked:
    """A copy of the walked project that a test may change."""
    target = tmp_path / "project"
    shutil.copytree(walked.project, target, symlinks=True)
    return Walked(target, walked.report, walked.cache)


@pytest.fixture(scope="session")
def service(walked: Walked) -> Any:
    """The address of the scaffolded service, started by `maxctl serve` for this worker."""
    from maxctl.adapters.service import free_port, wait_until_ready

    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "maxctl", "serve", "--port", str(port)],
        cwd=walked.project,
        env={**os.environ, "MAXCTL_CACHE": str(walked.cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, 60, ended=child.poll)
        yield url
    finally:
        child.terminate()
        child.communicate(timeout=20)
