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
        self._engine, self._path, self._size = engine, path, size
        first = engine.load(path, threads=1)
        # one after another, here: some runtimes hang when two threads build engines at once
        more = (first if engine.shareable else engine.load(path, threads=1) for _ in range(size - 1))
        self.narrow = [first, *more]
        self.wide: Engine | None = None
        self.signature = first.signature
        self._lent = 0
        # last in, first out: the engine used last has its weights in the CPU's cache
        self._idle = list(self.narrow)
        self._idle_wide: list[Engine] = []
        self._changed = Condition()

    def load_wide(self) -> Engine | None:
        """Return the engine with many threads, loaded but not lent before `lend_wide`; None where none is of use."""
        if self._size == 1 or not self._engine.own_threads:
            return None
        return self._engine.load(self._path, threads=self._size)

    def lend_wide(self, engine: Engine) -> None:
        """Lend this engine, too, to requests that are alone."""
        with self._changed:
            self.wide = engine
            self._idle_wide.append(engine)

    @contextmanager
    def borrow(self) -> Iterator[Engine]:
        """Give an idle engine, waiting for one where all are lent; it comes back whatever happens."""
        with self._changed:
            self._changed.wait_for(lambda: self._lent < self._size)
            shelf = self._idle_wide if self._lent == 0 and self._idle_wide else self._idle
            engine = shelf.pop()
            self._lent += 1
        try:
            yield engine
        finally:
            with self._changed:
                shelf.append(engine)
                self._lent -= 1
                self._changed.notify()
