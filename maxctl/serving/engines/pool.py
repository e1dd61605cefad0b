"""As many engines as requests are computed at once; a request borrows one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue

from .interface import Engine


class EnginePool:
    """`size` one-thread engines of one model. One engine with many threads would wait for its slowest."""

    def __init__(self, engine: type[Engine], path: Path, size: int) -> None:
        first = engine.load(path, threads=1)
        # one after another, here: some runtimes hang when two threads build engines at once
        more = (first if engine.shareable else engine.load(path, threads=1) for _ in range(size - 1))
        self.engines = [first, *more]
        self.signature = first.signature
        # last in, first out: the engine used last has its weights in the CPU's cache
        self._idle: LifoQueue[Engine] = LifoQueue()
        for loaded in self.engines:
            self._idle.put(loaded)

    @contextmanager
    def borrow(self) -> Iterator[Engine]:
        """Give an idle engine, waiting for one where all are lent; it comes back whatever happens."""
        engine = self._idle.get()
        try:
            yield engine
        finally:
            self._idle.put(engine)
