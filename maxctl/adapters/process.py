"""Child processes: the one place where maxctl starts a program.

Each child runs under `supervisor.py`, in a session of its own, with limits of time and memory. It and all
that it starts die with maxctl. What it prints is capped in memory and may be kept whole in a log file.
Workers answer in JSON lines on a descriptor of their own, since TensorFlow and npm print to standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from maxctl.adapters import supervisor
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Progress, Silent

KEPT_BYTES = 8 * 1024 * 1024
TAIL_LINES = 15
DEFAULT_TIMEOUT_S = 900.0
DEFAULT_MEMORY = 6 * 1024**3


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended: its exit code, and the last 8 MiB of each stream."""

    returncode: int
    stdout: str
    stderr: str


def program(name: str, mend: str) -> str:
    """Return the path of a program; raises `ToolMissingError` that says how to get it.

    Programs installed beside the running Python come first, so that an unactivated venv works.
    """
    beside = Path(sys.executable).parent / name
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which(name)
    if found is None:
        raise ToolMissingError(f"`{name}` is not on this machine", hint=mend)
    return found


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout_s: float = DEFAULT_TIMEOUT_S,
    memory_bytes: int = DEFAULT_MEMORY,
    ok: Sequence[int] = (0,),
    log: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> Finished:
    """Run a program to its end and return how it ended.

    `env` is added to maxctl's own environment. `on_line` hears each line of standard error as it comes.
    With `on_event` the child gets the number of a descriptor in `MAXCTL_FD`, and each JSON line that it
    writes there is handed over. Raises `ToolMissingError` when the program is not there, `ChildFailedError`
    when its exit code is not in `ok`, or when it went over a limit.
    """
    life_read, life_write = os.pipe()
    passed = [life_read]
    environment = {**os.environ, **(env or {})}
    event_read = -1
    if on_event is not None:
        event_read, event_write = os.pipe()
        passed.append(event_write)
        environment["MAXCTL_FD"] = environment["MAXCTL_PASS_FDS"] = str(event_write)
    command = [
        sys.executable,
        "-I",
        "-S",
        supervisor.__file__,
        str(life_read),
        str(timeout_s),
        str(memory_bytes),
        *argv,
    ]
    try:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            pass_fds=passed,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except BaseException:
        os.close(life_write)
        if event_read >= 0:
            os.close(event_read)
        raise
    finally:
        for fd in passed:
            os.close(fd)
    sink = log.open("wb") if log else None
    out, err = _Tail(sink), _Tail(sink, on_line)
    readers = [
        threading.Thread(target=out.drain, args=(child.stdout,), daemon=True),
        threading.Thread(target=err.drain, args=(child.stderr,), daemon=True),
        threading.Thread(target=_feed, args=(child.stdin, stdin), daemon=True),
    ]
    events = _Events(on_event)
    if on_event is not None:
        readers.append(
            threading.Thread(target=events.drain, args=(os.fdopen(event_read, "rb"),), daemon=True)
        )
    try:
        for reader in readers:
            reader.start()
        code = child.wait()
    finally:
        os.close(life_write)  # whatever is still there dies now
        child.wait()
        for reader in readers:
            reader.join()
        if sink:
            sink.close()
    finished = Finished(code, out.text(), err.text())
    if events.failure is not None:
        raise events.failure
    _refuse(argv, finished, ok, timeout_s, memory_bytes, log)
    return finished


def work(
    argv: Sequence[str],
    request: Any,
    *,
    progress: Progress | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    memory_bytes: int = DEFAULT_MEMORY,
    log: Path | None = None,
) -> Any:
    """Run a worker: the request as JSON on its standard input, `{"event": …}` lines on `MAXCTL_FD`.

    Returns the `result` of its result event. Raises `StageError` with the message and hint of its error event,
    and `ChildFailedError` when it ends without either.
    """
    listener = progress or Silent()
    answers: list[dict[str, Any]] = []

    def hear(event: dict[str, Any]) -> None:
        if event.get("event") == "progress":
            listener.advance(event.get("label", ""), event["done"], event.get("total"))
        elif event.get("event") in ("result", "error"):
            answers.append(event)

    finished = run(
        argv,
        cwd=cwd,
        env=env,
        stdin=json.dumps(request).encode(),
        timeout_s=timeout_s,
        memory_bytes=memory_bytes,
        log=log,
        on_event=hear,
        ok=range(supervisor.TIMED_OUT),
    )
    if not answers:
        _refuse(argv, finished, (), timeout_s, memory_bytes, log)
    answer = answers[-1]
    if answer["event"] == "error":
        raise StageError(answer["message"], hint=answer.get("hint"))
    return answer["result"]


def _refuse(
    argv: Sequence[str],
    finished: Finished,
    ok: Sequence[int],
    timeout_s: float,
    memory_bytes: int,
    log: Path | None,
) -> None:
    name = Path(argv[0]).name + (f" {argv[2]}" if len(argv) > 2 and argv[1] == "-m" else "")
    hint = f"its whole output is in {log}" if log else "run the command again with --debug"
    match finished.returncode:
        case supervisor.NOT_STARTED:
            raise ToolMissingError(f"could not start {name}: {finished.stderr.strip()}", hint="maxctl doctor")
        case supervisor.TIMED_OUT:
            raise ChildFailedError(f"{name} was stopped: it ran for more than {timeout_s:g} s", hint=hint)
        case supervisor.OUT_OF_MEMORY:
            raise ChildFailedError(
                f"{name} was stopped: it used more than {memory_bytes / 1024**3:.1f} GiB of memory", hint=hint
            )
        case code if code not in ok:
            tail = "\n".join((finished.stderr or finished.stdout).strip().splitlines()[-TAIL_LINES:])
            raise ChildFailedError(
                f"{name} ended with exit code {code}" + (f":\n{tail}" if tail else ""), hint=hint
            )


class _Tail:
    """Keeps the last bytes of a stream, tells its lines, and copies it to a log."""

    def __init__(self, sink: IO[bytes] | None, on_line: Callable[[str], None] | None = None) -> None:
        self._sink, self._on_line = sink, on_line
        self._kept = bytearray()

    def drain(self, stream: IO[bytes]) -> None:
        with stream:
            for line in iter(lambda: stream.readline(65536), b""):
                self._kept += line
                if len(self._kept) > 2 * KEPT_BYTES:
                    del self._kept[:-KEPT_BYTES]
                if self._sink:
                    self._sink.write(line)
                if self._on_line:
                    self._on_line(line.decode(errors="replace").rstrip())

    def text(self) -> str:
        return bytes(self._kept[-KEPT_BYTES:]).decode(errors="replace")


class _Events:
    """Hands over JSON lines; keeps the first fault, to be raised where the child was started."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None] | None) -> None:
        self._on_event = on_event
        self.failure: Exception | None = None

    def drain(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                if self.failure is not None or self._on_event is None:
                    continue  # go on reading, or the child would block
                try:
                    self._on_event(json.loads(line))
                except Exception as error:  # noqa: BLE001 - raised where the child was started
                    self.failure = error


def _feed(stream: IO[bytes], data: bytes) -> None:
    try:
        with stream:
            stream.write(data)
    except BrokenPipeError:
        pass  # the child chose not to read it all; its exit code tells the rest


class Running:
    """A program that runs until it is stopped, such as a server; use it in a `with` statement.

    What it prints goes to the file `log`, or to maxctl's own streams where there is none.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        memory_bytes: int = DEFAULT_MEMORY,
        grace_s: float = 10.0,
        log: Path | None = None,
    ) -> None:
        self._argv, self._cwd, self._env = tuple(argv), cwd, dict(env or {})
        self._memory, self._grace, self._log = memory_bytes, grace_s, log

    def __enter__(self) -> Self:
        life_read, self._life = os.pipe()
        command = [
            sys.executable,
            "-I",
            "-S",
            supervisor.__file__,
            str(life_read),
            "0",
            str(self._memory),
            *self._argv,
        ]
        sink = self._log.open("wb") if self._log else None
        try:
            self._child = subprocess.Popen(
                command,
                cwd=self._cwd,
                env={**os.environ, **self._env},
                pass_fds=[life_read],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT if sink else None,
            )
        except BaseException:
            os.close(self._life)
            raise
        finally:
            os.close(life_read)
            if sink:
                sink.close()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._child.poll() is None:
                # the supervisor leads a group of its own and outlives the signal; before it does, there is no group
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(self._grace)
        finally:
            os.close(self._life)  # whatever is still there dies now
            self._child.wait()

    def ended(self) -> int | None:
        """Return the exit code once the program has ended of itself, else None."""
        return self._child.poll()

    def wait(self) -> int:
        """Return the exit code when the program has ended; Ctrl-C ends the wait, and with it the program."""
        return self._child.wait()


def become(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
    """Replace maxctl by a program, which then owns the terminal: for a server in the foreground."""
    os.chdir(cwd)
    os.execve(argv[0], list(argv), {**os.environ, **env})
