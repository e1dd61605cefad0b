"""Forked workers that take one task after another; one that hangs or dies costs its task only.

Forked once everything is loaded, they share what they never write. Only the standard library is used, since
`multiprocessing` has no answer to a worker that dies in the middle of a task.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import selectors
import signal
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a task has no result: the words follow `the scanner`."""

    why: str


class _Worker:
    """A forked process that answers tasks by their number."""

    def __init__(self, work: Callable[[Any], Any], tasks: Sequence[Any], others: Sequence[_Worker]) -> None:
        task_read, self._send = os.pipe()
        self.receive, result_write = os.pipe()
        self.task: int | None = None
        self.since = 0.0
        self._heard = bytearray()
        self.pid = os.fork()
        if self.pid == 0:
            for fd in (self._send, self.receive, *(fd for one in others for fd in (one._send, one.receive))):
                os.close(fd)  # or a sibling would not see the end of its pipe
            _serve(work, tasks, task_read, result_write)
        os.close(task_read)
        os.close(result_write)

    def give(self, task: int) -> None:
        """Hand over a task; a worker that died meanwhile is noticed when it is heard."""
        self.task, self.since = task, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it is dead; its end of the other pipe is closed, too
            os.write(self._send, LENGTH.pack(task))

    def hear(self) -> bytes | None:
        """Return the result once it is whole, else None; raises `EOFError` when the worker is gone."""
        piece = os.read(self.receive, 1 << 20)
        if not piece:
            raise EOFError
        self._heard += piece
        if len(self._heard) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack_from(self._heard)
        if len(self._heard) < LENGTH.size + size:
            return None
        result = bytes(self._heard[LENGTH.size :])
        self._heard.clear()
        return result

    def end(self, kill: bool = False) -> int:
        """Close its pipes, wait for its end, and return its exit code."""
        if kill:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._send)
        os.close(self.receive)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _serve(work: Callable[[Any], Any], tasks: Sequence[Any], read: int, write: int) -> NoReturn:
    code = 1
    try:
        while number := os.read(read, LENGTH.size):
            body = pickle.dumps(work(tasks[LENGTH.unpack(number)[0]]), 5)
            left = memoryview(LENGTH.pack(len(body)) + body)
            while left:
                left = left[os.write(write, left) :]
        code = 0
    finally:
        os._exit(code)  # nothing of what is loaded needs to be torn down


def each(
    work: Callable[[Any], Any], tasks: Sequence[Any], jobs: int, limit_s: float
) -> Iterator[tuple[int, Any | Lost]]:
    """Yield (number of the task, its result or `Lost`), as they come, from `jobs` forked processes.

    Tasks are given out in their order. A task may take `limit_s` seconds.
    """
    gc.collect()
    gc.freeze()  # a collection in a worker shall not write to the pages that all share
    waiting = iter(range(len(tasks)))
    workers: list[_Worker] = []
    selector = selectors.DefaultSelector()

    def start() -> None:
        task = next(waiting, None)
        if task is not None:
            worker = _Worker(work, tasks, workers)
            workers.append(worker)
            selector.register(worker.receive, selectors.EVENT_READ, worker)
            worker.give(task)

    def drop(worker: _Worker, kill: bool = False) -> int:
        selector.unregister(worker.receive)
        workers.remove(worker)
        return worker.end(kill)

    try:
        for _ in range(min(jobs, len(tasks))):
            start()
        while workers:
            now = time.monotonic()
            patience = min(worker.since + limit_s - now for worker in workers)
            for key, _ in selector.select(max(0.0, patience)):
                worker: _Worker = key.data
                number = worker.task
                assert number is not None
                try:
                    body = worker.hear()
                except EOFError:
                    from maxctl.adapters.process import ending

                    yield number, Lost(ending(drop(worker)))
                    start()
                    continue
                if body is None:
                    continue
                following = next(waiting, None)
                if following is None:
                    drop(worker)
                else:
                    worker.give(following)
                yield number, pickle.loads(body)
            for worker in [one for one in workers if time.monotonic() - one.since > limit_s]:
                number = worker.task
                assert number is not None
                drop(worker, kill=True)
                yield number, Lost(f"took more than {limit_s:g} s")
                start()
    finally:
        for worker in list(workers):
            drop(worker, kill=True)
        selector.close()
