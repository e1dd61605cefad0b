"""How many requests are in flight. Beyond the limit a caller is told at once, rather than made to wait."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Generic, TypeVar

from .errors import OverloadedError

T = TypeVar("T")
QUEUE = 16
"""Requests that may always wait."""
MOST = 256
"""Requests that may wait at most, however quick the model: each holds its body in memory."""
RETRY_SECONDS = 1.0
"""When refused callers are told to come again."""
WEIGHT = 0.1
"""Of the newest answer in the average of the seconds that answers take."""


class Stopwatch(Generic[T]):
    """A call that remembers how long it took."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.seconds = 0.0

    def __call__(self) -> T:
        """Return what the call returns."""
        started = perf_counter()
        try:
            return self._call()
        finally:
            self.seconds = perf_counter() - started


class Admission:
    """A count of the requests being read or answered. Used from the event loop only, so it needs no lock.

    Unless a limit is given, as much may wait as the engines answer in the time that refused callers are told
    to wait: with less the engines would be idle before those come again, with more callers wait in vain.
    """

    def __init__(self, engines: int, limit: int | None = None) -> None:
        self.engines = engines
        self.in_flight = 0
        self._fixed = limit
        self._seconds: float | None = None

    @property
    def limit(self) -> int:
        """How many requests may be in flight now."""
        if self._fixed is not None:
            return self._fixed
        within = 0 if not self._seconds else math.ceil(self.engines * RETRY_SECONDS / self._seconds)
        return self.engines + max(QUEUE, min(within, MOST))

    def took(self, seconds: float) -> None:
        """Hear how long an answer was computed."""
        known = self._seconds
        self._seconds = seconds if known is None else known + WEIGHT * (seconds - known)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a place for one request, however that ends; raises `OverloadedError` where none is free."""
        if self.in_flight >= (limit := self.limit):
            raise OverloadedError(f"The service is busy: {limit} requests are in flight; try again later")
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
