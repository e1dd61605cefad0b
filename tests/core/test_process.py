"""Child processes: limits, answers, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from tests.cli.test_run import marked, wait_until

ANSWER = """
import json, os, sys
request = json.load(sys.stdin)
print("noise on standard output")
with os.fdopen(int(os.environ["MAXCTL_FD"]), "w") as answers:
    print(json.dumps({"event": "progress", "label": "half", "done": 1, "total": 2}), file=answers)
    print(json.dumps(request), file=answers)
"""


def test_a_worker_answers_beside_its_noise_and_tells_its_progress() -> None:
    heard = []

    class Listener:
        def say(self, message: str) -> None: ...

        def advance(self, label: str, done: float, total: float | None) -> None:
            heard.append((label, done, total))

    request = {"event": "result", "result": {"a": [1]}}
    assert process.work([sys.executable, "-c", ANSWER], request, progress=Listener()) == {"a": [1]}
    assert heard == [("half", 1, 2)]


def test_a_workers_error_keeps_its_message_and_hint() -> None:
    with pytest.raises(StageError, match="no such tensor") as caught:
        process.work(
            [sys.executable, "-c", ANSWER], {"event": "error", "message": "no such tensor", "hint": "try b"}
        )
    assert caught.value.hint == "try b"


def test_a_worker_without_an_answer_is_told_with_its_last_lines() -> None:
    with pytest.raises(ChildFailedError, match="broken pipe dream"):
        process.work([sys.executable, "-c", "import sys; sys.exit('broken pipe dream')"], {})


def test_a_child_that_runs_too_long_is_stopped() -> None:
    with pytest.raises(ChildFailedError, match=r"more than 0\.3 s"):
        process.run(["sleep", "60"], timeout_s=0.3)


def test_a_child_that_eats_memory_is_stopped() -> None:
    hungry = "x = bytearray(600 * 1024 ** 2); import time; time.sleep(60)"
    with pytest.raises(ChildFailedError, match="of memory"):
        process.run([sys.executable, "-c", hungry], memory_bytes=200 * 1024**2)


def test_a_missing_program_is_a_missing_tool_with_exit_code_4() -> None:
    with pytest.raises(ToolMissingError) as caught:
        process.run(["no-such-program-anywhere"])
    assert caught.value.exit_code == 4


def test_a_flood_of_output_is_kept_only_at_its_end(tmp_path: Path) -> None:
    flood = "import sys\nfor n in range(200_000): print('x' * 100)\nprint('the end')"
    finished = process.run([sys.executable, "-c", flood], log=tmp_path / "log")
    assert finished.stdout.endswith("the end\n") and len(finished.stdout) <= process.KEPT_BYTES
    assert (tmp_path / "log").stat().st_size > 20_000_000


def test_a_killed_parent_leaves_no_descendant_even_one_that_left_its_session() -> None:
    mark = f"orphan-{os.getpid()}-{time.monotonic_ns()}"
    code = "from maxctl.adapters import process; process.run(['sh', '-c', 'setsid sleep 300 & sleep 300'])"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "MAXCTL_TEST_MARK": mark})
    wait_until(lambda: sum(b"sleep" in command(pid) for pid in marked(mark)) >= 2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not marked(mark))


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
