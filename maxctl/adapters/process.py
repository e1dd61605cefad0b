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
import socket
import subprocess
import sys
import threading
import time
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
DRAIN_S = 10.0  # for what was printed last, once the program has ended
LOST = "lost"


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended: its exit code (128 + the signal that ended it), the last 8 MiB of each stream."""

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
    when its exit code is not in `ok`, when it went over a limit or was lost, and what the log, `on_line` or
    `on_event` raised first: that does not stop the child.
    """
    with contextlib.ExitStack() as opened:
        sink = opened.enter_context(log.open("wb")) if log else None
        out, err = _Tail(sink), _Tail(sink, on_line)
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        child = _Child(argv, timeout_s, memory_bytes, env, pipes, cwd=cwd, events=on_event is not None)
        readers = [_Reader(child.popen.stdout, out.take, 65536), _Reader(child.popen.stderr, err.take, 65536)]
        if on_event is not None:
            readers.append(_Reader(child.events, lambda line: on_event(json.loads(line))))
        feeder = threading.Thread(target=_feed, args=(child.popen.stdin, stdin), daemon=True)
        threads = [*readers, feeder]
        try:
            for thread in threads:
                thread.start()
            child.popen.wait()
        finally:
            child.close()
            # a descendant that maxctl lost may hold the pipes; then the threads are left to themselves
            deadline = time.monotonic() + DRAIN_S
            for thread in threads:
                if thread.ident is not None:
                    thread.join(max(0.0, deadline - time.monotonic()))
    finished = Finished(child.code() or 0, out.text(), err.text())
    for failure in (reader.failure for reader in readers):
        if failure is not None:
            raise failure
    unread = "left its output open" if any(thread.is_alive() for thread in threads) else ""
    _refuse(argv, finished, ok, log, child.reason or unread)
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
        ok=range(256),
    )
    if not answers:
        _refuse(argv, finished, (), log)
    answer = answers[-1]
    if answer["event"] == "error":
        raise StageError(answer["message"], hint=answer.get("hint"))
    return answer["result"]


def ending(code: int) -> str:
    """Return an exit code in words, with the signal that it stands for."""
    number = 128 - code if code < 0 else code
    name = next((f" ({one.name})" for one in signal.Signals if 128 + one == number), "")
    return f"ended with exit code {number}{name}"


def _refuse(
    argv: Sequence[str], finished: Finished, ok: Sequence[int], log: Path | None, stopped: str = ""
) -> None:
    """Raise what an exit code that is not `ok`, or the reason for which the program was `stopped`, means."""
    name = Path(argv[0]).name
    match [word for word in argv[1:] if word != "-P"]:
        case ["-m", module, *_]:
            name += f" {module}"
    hint = f"its whole output is in {log}" if log else "run the command again with --debug"
    if stopped == supervisor.NOT_STARTED:
        raise ToolMissingError(f"could not start {name}: {finished.stderr.strip()}", hint="maxctl doctor")
    if stopped == LOST:
        raise ChildFailedError(f"{name} was killed from outside: it {ending(finished.returncode)}", hint=hint)
    if stopped:
        raise ChildFailedError(f"{name} was stopped: it {stopped}", hint=hint)
    if finished.returncode not in ok:
        tail = "\n".join((finished.stderr or finished.stdout).strip().splitlines()[-TAIL_LINES:])
        raise ChildFailedError(
            f"{name} {ending(finished.returncode)}" + (f":\n{tail}" if tail else ""), hint=hint
        )


class _Child:
    """A program under its supervisor, and the line between that and maxctl: the program dies with the line."""

    def __init__(
        self,
        argv: Sequence[str],
        timeout_s: float,
        memory_bytes: int,
        env: Mapping[str, str] | None,
        streams: Mapping[str, Any],
        *,
        cwd: Path | None,
        events: bool = False,
    ) -> None:
        self.events: IO[bytes] | None = None
        self.reason = ""  # why the supervisor stopped it, once it is closed
        environment = {**os.environ, **(env or {})}
        with contextlib.ExitStack() as failing, contextlib.ExitStack() as given:
            self._line, far = socket.socketpair()
            failing.enter_context(self._line)
            passed = [given.enter_context(far).fileno()]
            if events:
                read, write = os.pipe()
                given.callback(os.close, write)
                self.events = failing.enter_context(os.fdopen(read, "rb"))
                passed.append(write)
                environment["MAXCTL_FD"] = str(write)
            command = [sys.executable, "-I", "-S", supervisor.__file__, ",".join(map(str, passed))]
            command += [str(timeout_s), str(memory_bytes), *argv]
            self.popen = subprocess.Popen(command, cwd=cwd, env=environment, pass_fds=passed, **streams)
            failing.pop_all()

    def code(self) -> int | None:
        """Return the exit code, 128 + the signal's number where one ended it, or None while it runs."""
        code = self.popen.poll()
        return code if code is None or code >= 0 else 128 - code

    def close(self) -> None:
        """Kill whatever is still there."""
        with self._line:
            if self.popen.poll() is not None:
                with contextlib.suppress(BlockingIOError):  # nothing was told
                    self.reason = self._line.recv(256, socket.MSG_DONTWAIT).decode()
        if self.popen.wait() < 0:  # somebody killed the supervisor; what it started is in its group
            self.reason = LOST
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)


class _Tail:
    """Keeps the last bytes of a stream, tells its lines, and copies it to a log."""

    def __init__(self, sink: IO[bytes] | None, on_line: Callable[[str], None] | None = None) -> None:
        self._sink, self._on_line = sink, on_line
        self._kept = bytearray()

    def take(self, line: bytes) -> None:
        self._kept += line
        if len(self._kept) > 2 * KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]
        if self._sink:
            self._sink.write(line)
        if self._on_line:
            self._on_line(line.decode(errors="replace").rstrip())

    def text(self) -> str:
        return bytes(self._kept[-KEPT_BYTES:]).decode(errors="replace")


class _Reader(threading.Thread):
    """Hands over the lines of a pipe; keeps the first fault, to be raised where the child was started."""

    def __init__(self, stream: IO[bytes] | None, take: Callable[[bytes], None], longest: int = -1) -> None:
        super().__init__(daemon=True)
        assert stream is not None
        self._stream, self._take, self._longest = stream, take, longest
        self.failure: Exception | None = None

    def run(self) -> None:
        with self._stream:
            while line := self._stream.readline(self._longest):
                if self.failure is not None:
                    continue  # go on reading, or the child would block, or die of SIGPIPE
                try:
                    self._take(line)
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
        with self._log.open("wb") if self._log else contextlib.nullcontext() as sink:
            streams = {
                "stdin": subprocess.DEVNULL,
                "stdout": sink,
                "stderr": subprocess.STDOUT if sink else None,
            }
            self._child = _Child(self._argv, 0, self._memory, self._env, streams, cwd=self._cwd)
        return self

    def __exit__(self, *_: object) -> None:
        popen = self._child.popen
        try:
            if popen.poll() is None:
                # the supervisor leads a group of its own and outlives the signal; before it does, there is no group
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(popen.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    popen.wait(self._grace)
        finally:
            self._child.close()

    def ended(self) -> int | None:
        """Return the exit code once the program has ended of itself, else None; 128 + the number of a signal."""
        return self._child.code()

    def wait(self) -> int:
        """Return the exit code as `ended` does, when it has ended; Ctrl-C ends the wait, and with it the program."""
        self._child.popen.wait()
        return self._child.code() or 0


def become(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
    """Replace maxctl by a program, which then owns the terminal: for a server in the foreground."""
    os.chdir(cwd)
    os.execve(argv[0], list(argv), {**os.environ, **env})
