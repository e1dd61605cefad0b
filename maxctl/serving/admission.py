"""How many requests are in flight. Beyond the limit a caller is told at once, rather than made to wait.

A body that does not come at once gives its place to others until it is there: else a few clients that send a byte
a second would keep everyone out.
"""

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
SLOW = 256
"""Requests whose bodies may arrive slowly, beside those in flight."""
SLOW_BYTES = 64 * 1024 * 1024
"""What these may hold together, unless it is one alone."""
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
        self.slow = 0
        self.slow_bytes = 0
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
    def slot(self) -> Iterator[Place]:
        """Hold a place for one request, however that ends; raises `OverloadedError` where none is free."""
        self.take()
        place = Place(self)
        try:
            yield place
        finally:
            place.close()

    def take(self) -> None:
        """Count one more in flight, or raise `OverloadedError`."""
        if self.in_flight >= (limit := self.limit):
            raise OverloadedError(f"The service is busy: {limit} requests are in flight; try again later")
        self.in_flight += 1


class Place:
    """The place of one request. While its client is slow to send, others have it."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._bytes = 0
        self.lent = False

    def lend(self) -> bool:
        """Let others have the place until `take_back`; False where too many are slow already."""
        if self.lent or self._admission.slow >= SLOW:
            return self.lent
        self._admission.in_flight -= 1
        self._admission.slow += 1
        self.lent = True
        return True

    def hold(self, size: int) -> None:
        """Count bytes that came while the place is lent; raises `OverloadedError` where the slow hold too many."""
        if not self.lent:
            return
        self._bytes += size
        self._admission.slow_bytes += size
        if self._admission.slow_bytes > SLOW_BYTES and self._admission.slow > 1:
            raise OverloadedError("The service is busy with bodies that arrive slowly; try again later")

    def take_back(self) -> None:
        """Take the place again, or raise `OverloadedError`."""
        if self.lent:
            self._admission.take()
            self._leave()

    def close(self) -> None:
        """Give the place up."""
        if self.lent:
            self._leave()
        else:
            self._admission.in_flight -= 1

    def _leave(self) -> None:
        self.lent = False
        self._admission.slow -= 1
        self._admission.slow_bytes -= self._bytes
        self._bytes = 0
