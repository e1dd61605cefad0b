"""Flat buffers, read by hand: tables, their fields by number, strings and vectors. No schema needed."""

from __future__ import annotations

from collections.abc import Iterator

from maxctl.runtimes.metadata.source import DamagedError, Source


class Table:
    """A table at a place of the file; whatever in it points outside raises `DamagedError`."""

    def __init__(self, source: Source, place: int) -> None:
        self._source, self._place = source, place
        signed = int.from_bytes(source.at(place, 4), "little", signed=True)
        self._fields = place - signed
        self._size = source.number(self._fields, 2)
        if self._size < 4:
            raise DamagedError("a table of it has no layout")

    @classmethod
    def root(cls, source: Source, start: int) -> Table:
        """Return the outermost table of a flat buffer that begins at `start`."""
        return cls(source, start + source.number(start, 4))

    def number(self, field: int, count: int) -> int:
        """Return an unsigned number of `count` bytes; 0 where it is absent."""
        place = self._field(field)
        return self._source.number(place, count) if place else 0

    def text(self, field: int) -> bytes:
        """Return a string, its beginning where it is too long; empty where it is absent."""
        start, count = self.vector(field)
        return self._source.beginning(start, count)

    def vector(self, field: int) -> tuple[int, int]:
        """Return where the elements of a vector or string begin and how many they are; (0, 0) where absent."""
        place = self._field(field)
        if not place:
            return 0, 0
        place += self._source.number(place, 4)
        return place + 4, self._source.number(place, 4)

    def table(self, field: int, index: int) -> Table:
        """Return one table of a vector of tables; raises `DamagedError` where there is none."""
        start, count = self.vector(field)
        if index >= count:
            raise DamagedError("it refers to a part that is not there")
        place = start + 4 * index
        return Table(self._source, place + self._source.number(place, 4))

    def tables(self, field: int) -> Iterator[Table]:
        """Yield the tables of a vector."""
        for index in range(self.vector(field)[1]):
            self._source.step()
            yield self.table(field, index)

    def _field(self, field: int) -> int:
        slot = 4 + 2 * field
        offset = self._source.number(self._fields + slot, 2) if slot + 2 <= self._size else 0
        return self._place + offset if offset else 0
