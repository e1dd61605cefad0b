"""TensorFlow Lite: the model's description, its `TFLITE_METADATA`, and the files appended to it as a zip.

Keys: `description`, `ModelMetadata.license` and so on, `metadata.NAME` for other texts, `files`, `files/NAME`.
"""

from __future__ import annotations

import re

from maxctl.runtimes.metadata import zipped
from maxctl.runtimes.metadata.flatbuffer import Table
from maxctl.runtimes.metadata.source import DamagedError, Found, Source

# numbers of fields in TensorFlow's schema.fbs, and in metadata_schema.fbs of tflite-support
_DESCRIPTION, _BUFFERS, _METADATA = 3, 4, 6
_MODEL_METADATA = {"name": 0, "description": 1, "version": 2, "author": 4, "license": 5}
_ANY = re.compile("")
_LAYOUT = str.maketrans("\t\r\n", "   ")


def read(source: Source, found: Found) -> None:
    """Find what the file says; raises `DamagedError`."""
    try:
        _flat_buffer(source, found)
    finally:
        if zipped.present(source):
            zipped.licenses(source, found, _ANY)


def _flat_buffer(source: Source, found: Found) -> None:
    if source.at(0, 8)[4:] != b"TFL3":
        raise DamagedError("it lacks the identifier TFL3")
    model = Table.root(source, 0)
    found.add("description", model.text(_DESCRIPTION))
    for entry in model.tables(_METADATA):
        name = entry.text(0)
        start, count = _buffer(model.table(_BUFFERS, entry.number(1, 4)))
        if name == b"TFLITE_METADATA":
            source.within(start, count)
            described = Table.root(source, start)
            for key, field in _MODEL_METADATA.items():
                found.add(f"ModelMetadata.{key}", described.text(field))
            continue
        value = source.beginning(start, count).rstrip(b"\0")
        if _is_text(value):
            found.add(b"metadata." + name, value)


def _buffer(buffer: Table) -> tuple[int, int]:
    """Return where the bytes of a buffer begin and how many they are; large models keep them behind the tables."""
    start, count = buffer.vector(0)
    return (start, count) if count else (buffer.number(1, 8), buffer.number(2, 8))


def _is_text(value: bytes) -> bool:
    text = value.decode("utf-8", errors="replace")
    return "\ufffd" not in text and text.translate(_LAYOUT).isprintable()
