"""Protocol buffers in a file, field by field: what is not asked for is jumped over, however long it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maxctl.runtimes import wire
from maxctl.runtimes.metadata.source import DamagedError, Found, Source


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its number, and where its content lies, or in `value` what a varint says."""

    number: int
    wire: int
    start: int
    count: int
    value: int = 0

    @property
    def holds_bytes(self) -> bool:
        """Whether it is a string, bytes, or a message."""
        return self.wire == wire.LENGTH


def fields(source: Source, start: int, count: int) -> Iterator[Field]:
    """Yield the fields of the message there; raises `DamagedError`."""
    place, end = start, start + count
    while place < end:
        source.step()
        window = memoryview(source.at(place, min(wire.LONGEST_HEAD, end - place)))
        try:
            number, kind, value, used = wire.head(window, 0)
        except wire.MalformedError as error:
            raise DamagedError(f"the protocol buffer is malformed: {error}") from error
        place += used
        if kind == wire.VARINT:
            yield Field(number, kind, place, 0, value)
            continue
        if place + value > end:
            raise DamagedError("the protocol buffer is cut off, or a length in it is wrong")
        yield Field(number, kind, place, value)
        place += value


def texts(
    source: Source, found: Found, message: Field, keys: Mapping[int, str], pairs: Mapping[int, str]
) -> None:
    """Find the strings of a message by their numbers, and maps of strings (`pairs`) as `prefix.key`."""
    for field in fields(source, message.start, message.count):
        if not field.holds_bytes:
            continue
        if field.number in keys:
            found.add(keys[field.number], source.beginning(field.start, field.count))
        elif field.number in pairs:
            key, value = pair(source, field)
            found.add(f"{pairs[field.number]}.".encode() + key, value)


def pair(source: Source, message: Field) -> tuple[bytes, bytes]:
    """Return key and value of an entry of a map of strings, each its beginning where it is too long."""
    parts = {1: b"", 2: b""}
    for field in fields(source, message.start, message.count):
        if field.holds_bytes and field.number in parts:
            parts[field.number] = source.beginning(field.start, field.count)
    return parts[1], parts[2]


def whole(source: Source) -> Field:
    """Return the file as one message; raises `DamagedError` where it is empty."""
    if not source.size:
        raise DamagedError("it is empty")
    return Field(0, wire.LENGTH, 0, source.size)
