"""What stands between maxctl and a child: what it hands on, and what happens when it is killed itself."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from maxctl.adapters import process, service
from maxctl.core.errors import ChildFailedError
from tests.cli.test_run import marked, wait_until

KILLS_ITS_SUPERVISOR = """
import os, signal, time
supervisor = os.getppid()
os.setsid()  # no signal to the group reaches it
os.kill(supervisor, signal.SIGKILL)
time.sleep(300)
"""


@pytest.fixture
def mark() -> str:
    return f"lost-{os.getpid()}-{time.monotonic_ns()}"


def test_the_program_does_not_inherit_the_line_to_maxctl() -> None:
    assert "socket" not in process.run(["ls", "-l", "/proc/self/fd"]).stdout


def test_a_program_dies_with_its_supervisor_and_that_is_told(mark: str) -> None:
    with pytest.raises(ChildFailedError, match=r"was killed.*SIGKILL"):
        process.run(
            [sys.executable, "-c", KILLS_ITS_SUPERVISOR], env={"MAXCTL_TEST_MARK": mark}, ok=range(256)
        )
    wait_until(lambda: not marked(mark))


def test_what_a_program_started_dies_with_the_supervisor_too(mark: str) -> None:
    with pytest.raises(ChildFailedError, match="was killed"):
        process.run(["sh", "-c", "sleep 300 & kill -9 $PPID; wait"], env={"MAXCTL_TEST_MARK": mark})
    wait_until(lambda: not marked(mark))


def test_a_lost_descendant_that_holds_the_pipes_does_not_hold_maxctl(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "DRAIN_S", 0.2)
    try:
        with pytest.raises(ChildFailedError, match="was killed"):
            process.run(
                ["sh", "-c", "setsid sh -c 'kill -9 $1; sleep 300' - $PPID & wait"],
                env={"MAXCTL_TEST_MARK": mark},
            )
    finally:
        for pid in marked(mark):
            os.kill(pid, signal.SIGKILL)


def test_the_serving_package_takes_no_module_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('taken from the project')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChildFailedError) as caught:
        service.predict(sys.executable, "maxctl.serving", tmp_path, [], lambda *_: None)
    assert "service.json" in caught.value.message and "taken from" not in caught.value.message


def test_a_services_own_folder_is_where_its_module_comes_from(tmp_path: Path) -> None:
    (tmp_path / "serving.py").write_text(
        "import json, os\n"
        "with os.fdopen(int(os.environ['MAXCTL_FD']), 'w') as answers:\n"
        "    print(json.dumps({'event': 'started', 'model': 'its own'}), file=answers)\n"
    )
    told = service.predict(sys.executable, "serving", tmp_path, [], lambda *_: None, cwd=tmp_path)
    assert told == {"model": "its own"}
