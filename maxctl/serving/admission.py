"""How many requests are in flight. Beyond the limit a caller is told at once, rather than made to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import OverloadedError


class Admission:
    """A count of the requests being read or answered. Used from the event loop only, so it needs no lock."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_flight = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a place for one request, however that ends; raises `OverloadedError` where none is free."""
        if self.in_flight >= self.limit:
            raise OverloadedError(
                f"The service is busy: {self.limit} requests are in flight; try again later"
            )
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
