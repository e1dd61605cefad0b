"""The texts among the attributes of an HDF5 file's root group, read by hand after the HDF5 file format 3.0.

The HDF5 library is C code that a hostile file can crash, and h5py is not always installed. Only what h5py and
Keras write is read: strings of fixed and of variable length, in the object header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.runtimes.metadata.source import VALUE_BYTES, DamagedError, Source

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ATTRIBUTE, _CONTINUATION, _ATTRIBUTE_INFO = 0x0C, 0x10, 0x15
_STRING, _VARIABLE = 3, 9
_MOST_MESSAGES = 4096
_MOST_STRINGS = 1_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name, and its strings: one, or those of an array."""

    name: bytes
    values: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Message:
    kind: int
    start: int
    count: int


def attributes(source: Source, limit: int) -> Iterator[Attribute]:
    """Yield the attributes of the root group that are strings, each string cut to `limit` bytes.

    Raises `DamagedError`, also for attributes that are kept in a way that is not read.
    """
    yield from _File(source, limit).attributes()


class _File:
    """An HDF5 file: the widths of its numbers, and where its places count from."""

    def __init__(self, source: Source, limit: int) -> None:
        self._source, self._limit = source, limit
        if source.at(0, 8) != SIGNATURE:
            raise DamagedError("it lacks the signature of HDF5")
        version = source.number(8, 1)
        if version in (0, 1):
            self._offset, self._length = source.number(13, 1), source.number(14, 1)
            first = 24 + 4 * version
            root = first + 5 * self._offset  # base, free space, end, driver; then the name of the root's link
        elif version in (2, 3):
            self._offset, self._length = source.number(9, 1), source.number(10, 1)
            first = 12
            root = first + 3 * self._offset
        else:
            raise DamagedError(f"version {version} of the superblock is not read")
        if not {self._offset, self._length} <= {2, 4, 8}:
            raise DamagedError("the widths of its numbers are wrong")
        self._base = source.number(first, self._offset)
        self._root = self._place(root)

    def attributes(self) -> Iterator[Attribute]:
        unread = False
        for message in self._messages():
            if message.kind == _ATTRIBUTE:
                attribute = self._attribute(message)
                if attribute is not None:
                    yield attribute
            elif message.kind == _ATTRIBUTE_INFO:
                unread = self._in_heap(message)
        if unread:
            raise DamagedError("it has many or large attributes in a heap, which is not read")

    def _place(self, at: int) -> int:
        return self._base + self._source.number(at, self._offset)

    def _messages(self) -> Iterator[_Message]:
        """Yield the messages of the root's object header, through all its blocks."""
        source, root = self._source, self._root
        new = source.at(root, 4) == b"OHDR"
        if new:
            flags = source.number(root + 5, 1)
            width = 1 << (flags & 3)
            at = root + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
            head = 6 if flags & 4 else 4
            blocks = [(at + width, source.number(at, width))]
        else:
            if source.number(root, 1) != 1:
                raise DamagedError("its root group is not where it says")
            head = 8
            blocks = [(root + 16, source.number(root + 8, 4))]
        for block, _ in zip(blocks, range(_MOST_MESSAGES), strict=False):  # continuations are appended to it
            at, count = block
            source.within(at, count)
            end = at + count
            while at + head <= end:
                source.step()
                kind = source.number(at, 1 if new else 2)
                size = source.number(at + (1 if new else 2), 2)
                shared = source.number(at + (3 if new else 4), 1) & 2
                start = at + head
                at = start + size
                if at > end:
                    raise DamagedError("a message of its root group is too long")
                if kind == _CONTINUATION and size >= self._offset + self._length:
                    place, length = self._place(start), source.number(start + self._offset, self._length)
                    # a block of the new kind has a signature before and a checksum behind
                    blocks.append((place + 4, max(0, length - 8)) if new else (place, length))
                elif not shared:
                    yield _Message(kind, start, size)

    def _attribute(self, message: _Message) -> Attribute | None:
        """Return the attribute of a message; None where it is no text."""
        source, at = self._source, message.start
        version, flags = source.number(at, 1), source.number(at + 1, 1)
        sizes = [source.number(at + place, 2) for place in (2, 4, 6)]
        if version not in (1, 2, 3) or (version > 1 and flags & 3):
            return None
        padded = [-(-size // 8) * 8 for size in sizes] if version == 1 else sizes
        name_at = at + (9 if version == 3 else 8)
        type_at = name_at + padded[0]
        space_at = type_at + padded[1]
        data_at = space_at + padded[2]
        if sizes[1] < 8 or sizes[2] < 4:
            raise DamagedError("an attribute is cut off")
        if data_at > message.start + message.count:
            raise DamagedError("an attribute is longer than its message")
        name = source.at(name_at, sizes[0]).split(b"\0")[0]
        kind = source.number(type_at, 1) & 0x0F
        width = source.number(type_at + 4, 4)
        variable = kind == _VARIABLE and source.number(type_at + 1, 1) & 0x0F == 1
        if kind != _STRING and not variable:
            return None
        if variable and width < 8 + self._offset:
            raise DamagedError("a string of variable length is too short")
        values: list[bytes] = []
        for index in range(min(self._elements(space_at), _MOST_STRINGS)):
            place = data_at + index * width
            if place + width > message.start + message.count:
                raise DamagedError("an attribute is longer than its message")
            if sum(map(len, values)) > VALUE_BYTES:
                break
            raw = self._in_global_heap(place) if variable else source.beginning(place, width, self._limit)
            values.append(raw.split(b"\0")[0])
        return Attribute(name, tuple(values))

    def _elements(self, at: int) -> int:
        version, rank = self._source.number(at, 1), self._source.number(at + 1, 1)
        if version == 2 and self._source.number(at + 3, 1) == 2:
            return 0
        first = at + (8 if version == 1 else 4)
        count = 1
        for index in range(min(rank, 32)):
            count *= self._source.number(first + index * self._length, self._length)
        return count

    def _in_global_heap(self, at: int) -> bytes:
        """Return the string that a reference to the global heap means."""
        source = self._source
        count = source.number(at, 4)
        collection = self._place(at + 4)
        wanted = source.number(at + 4 + self._offset, 4)
        if count == 0 or wanted == 0:
            return b""
        if source.at(collection, 4) != b"GCOL":
            raise DamagedError("a string is not where it says")
        end = collection + source.number(collection + 8, self._length)
        place = collection + 8 + self._length
        while place + 8 + self._length <= end:
            source.step()
            index, size = source.number(place, 2), source.number(place + 8, self._length)
            place += 8 + self._length
            if index == wanted:
                return source.beginning(place, min(count, size), self._limit)
            if index == 0:
                break
            place += -(-size // 8) * 8
        raise DamagedError("a string is not where it says")

    def _in_heap(self, message: _Message) -> bool:
        """Tell whether the attributes lie in a heap of their own instead of the object header."""
        flags = self._source.number(message.start + 1, 1)
        heap = self._source.at(message.start + (4 if flags & 1 else 2), self._offset)
        return heap != b"\xff" * self._offset
