"""Fixtures shared by the tests: the command as a user runs it, and a third party's stages."""

from __future__ import annotations

import fcntl
import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("maxctl", deadline=None)  # a busy machine is no defect
settings.load_profile("maxctl")

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
                    # a second faster, and offline, where the build backend is installed
                    *(["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []),
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
    """Run `maxctl …` as a user does, the third party's stages installed; returns as a finished process would.

    It runs in this process, from the entry point on, for that takes a tenth of the time. What hangs on a process
    of its own (start-up, signals, streams, hash seeds, what was loaded) asks for `maxctl_process` instead.
    """
    from maxctl.__main__ import main
    from maxctl.core import registry

    def run(
        *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        command = ["maxctl", *arguments]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", command)
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setenv("MAXCTL_DEBUG", "")  # what `--debug` sets ends with the command
            for name, value in {"COLUMNS": "160", **(env or {})}.items():
                patch.setenv(name, value)
            patch.chdir(cwd or Path.cwd())
            patch.syspath_prepend(str(plugin))
            registry.entries.cache_clear()
            try:
                code = main()
            except SystemExit as end:
                code = end.code
            finally:
                registry.entries.cache_clear()
        told = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(command, code or 0, *told)

    return run


@pytest.fixture
def maxctl_process(plugin: Path) -> Maxctl:
    """Run `maxctl …` in a process of its own, the third party's stages installed; returns the finished process."""

    def run(
        *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "maxctl", *arguments],
            cwd=cwd,
            text=True,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "PYTHONPATH": str(plugin), "COLUMNS": "160", **(env or {})},
        )

    return run
