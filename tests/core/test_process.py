"""Child processes: limits, answers, and that nothing outlives its parent."""

import contextlib
import errno
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


def test_every_exit_code_is_the_programs_own() -> None:
    for code in (127, 137, *range(240, 243)):
        assert process.run(["sh", "-c", f"exit {code}"], ok=(code,)).returncode == code
        with pytest.raises(ChildFailedError, match=f"exit code {code}"):
            process.run(["sh", "-c", f"exit {code}"])


def test_a_log_that_cannot_be_opened_starts_nothing(tmp_path: Path) -> None:
    began = tmp_path / "began"
    before = descriptors()
    with pytest.raises(FileNotFoundError):
        process.run(["touch", str(began)], log=tmp_path / "nowhere" / "log")
    with (
        pytest.raises(FileNotFoundError),
        process.Running(["touch", str(began)], log=tmp_path / "no" / "log"),
    ):
        pass
    assert not children() and not began.exists() and descriptors() <= before


def test_a_child_that_cannot_be_started_leaves_no_descriptor_open(tmp_path: Path) -> None:
    before = descriptors()
    with pytest.raises(FileNotFoundError):
        process.run(["true"], cwd=tmp_path / "nowhere", on_event=print)
    with pytest.raises(FileNotFoundError), process.Running(["true"], cwd=tmp_path / "nowhere"):
        pass
    assert descriptors() <= before


TALKER = """
import sys
for number in range(50_000): print("line", number, file=sys.stderr)
open(sys.argv[1], "w").close()
"""


def test_a_listener_that_fails_is_told_and_the_child_goes_on_to_its_end(tmp_path: Path) -> None:
    def listen(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError, match="line 0"):
        process.run([sys.executable, "-c", TALKER, str(tmp_path / "done")], on_line=listen)
    assert (tmp_path / "done").exists()


def test_a_log_on_a_full_disk_is_that_error_and_the_child_goes_on_to_its_end(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(OSError, match="No space left") as caught:
        process.run([sys.executable, "-c", TALKER, str(tmp_path / "done")], log=Path("/dev/full"))
    assert caught.value.errno == errno.ENOSPC and (tmp_path / "done").exists()


def test_a_running_program_tells_the_signal_that_ended_it(tmp_path: Path) -> None:
    for script, code in (("exit 3", 3), ("kill -9 $$", 137), ("kill -9 $PPID; sleep 60", 137)):
        with process.Running(["sh", "-c", script], log=tmp_path / "log") as child:
            assert child.wait() == child.ended() == code
    assert process.ending(137) == process.ending(-9) == "ended with exit code 137 (SIGKILL)"
    assert process.ending(170) == "ended with exit code 170"


def test_a_running_program_over_its_memory_says_so_in_its_log(tmp_path: Path) -> None:
    hungry = "x = bytearray(200 * 1024 ** 2); import time; time.sleep(60)"
    log = tmp_path / "log"
    with process.Running([sys.executable, "-c", hungry], memory_bytes=100 * 1024**2, log=log) as child:
        assert child.wait() == 137
    assert "of memory" in log.read_text()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def children() -> str:
    found = ""
    for path in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # of a thread that has just ended
            found += path.read_text()
    return found


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
