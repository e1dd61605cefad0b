"""Protocol buffers, read by hand: fields and their bytes, no schema and no generated code needed."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
LONGEST_HEAD = 20
"""Bytes of two of the longest numbers: no field begins with more before its content."""


class MalformedError(ValueError):
    """The bytes are no protocol buffer."""


def fields(data: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Yield (field number, wire type, value) of a message; a length-delimited value is a view of its bytes.

    Raises `MalformedError`. Groups, which no model format uses, count as malformed.
    """
    at, end = 0, len(data)
    while at < end:
        number, wire, value, at = head(data, at)
        if wire == VARINT:
            yield number, wire, value
            continue
        if at + value > end:
            raise MalformedError("a field ends after its message")
        yield number, wire, data[at : at + value]
        at += value


def head(data: memoryview, at: int) -> tuple[int, int, int, int]:
    """Return (field number, wire type, value of a varint or else bytes of content, where the content begins).

    Raises `MalformedError`.
    """
    tag, at = _varint(data, at)
    number, wire = tag >> 3, tag & 7
    if number == 0:
        raise MalformedError("a field has the number 0")
    if wire in (VARINT, LENGTH):
        value, at = _varint(data, at)
        return number, wire, value, at
    if wire in (FIXED64, FIXED32):
        return number, wire, 8 if wire == FIXED64 else 4, at
    raise MalformedError(f"wire type {wire} is not in use")


def messages(data: memoryview, number: int) -> Iterator[memoryview]:
    """Yield the length-delimited values of one field."""
    for found, wire, value in fields(data):
        if found == number and wire == LENGTH and isinstance(value, memoryview):
            yield value


def text(data: memoryview, number: int) -> str:
    """Return the last string value of a field, as a parser would; empty when there is none."""
    value = b""
    for value_ in messages(data, number):
        value = bytes(value_)
    return value.decode("utf-8", errors="replace")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise MalformedError("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise MalformedError("a number is longer than ten bytes")
