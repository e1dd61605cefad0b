"""As many engines as requests are computed at once; a request borrows one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition

from .interface import Engine


class EnginePool:
    """`size` one-thread engines of one model, and one with `size` threads for a request that is alone.

    One engine with many threads would wait for its slowest; so it is lent only while nothing else runs, when
    the other CPUs would be idle. Never more than `size` engines are lent at once.
    """

    def __init__(self, engine: type[Engine], path: Path, size: int) -> None:
        first = engine.load(path, threads=1)
        # one after another, here: some runtimes hang when two threads build engines at once
        more = (first if engine.shareable else engine.load(path, threads=1) for _ in range(size - 1))
        narrow = [first, *more]
        self.wide = engine.load(path, threads=size) if size > 1 and engine.own_threads else None
        self.engines = [*narrow, *([self.wide] if self.wide else [])]
        self.signature = first.signature
        self._size = size
        self._lent = 0
        # last in, first out: the engine used last has its weights in the CPU's cache
        self._narrow = narrow
        self._wide = [self.wide] if self.wide else []
        self._changed = Condition()

    @contextmanager
    def borrow(self) -> Iterator[Engine]:
        """Give an idle engine, waiting for one where all are lent; it comes back whatever happens."""
        with self._changed:
            self._changed.wait_for(lambda: self._lent < self._size)
            shelf = self._wide if self._lent == 0 and self._wide else self._narrow
            engine = shelf.pop()
            self._lent += 1
        try:
            yield engine
        finally:
            with self._changed:
                shelf.append(engine)
                self._lent -= 1
                self._changed.notify()
