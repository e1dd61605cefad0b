"""One file of named arrays and blobs: written once, mapped into memory by every scan, read only where touched."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAGIC = b"maxctl-index-1\n"
ALIGNMENT = 64


def write(path: Path, arrays: Mapping[str, Array], blobs: Mapping[str, bytes]) -> None:
    """Write the sections to `path`, which comes into being whole or not at all."""
    parts: list[tuple[str, str | None, bytes | memoryview]] = [
        (name, array.dtype.str, array.data.cast("B") if array.size else b"") for name, array in arrays.items()
    ]
    parts += [(name, None, blob) for name, blob in blobs.items()]
    table, offset = {}, 0
    for name, kind, data in parts:
        table[name] = (kind, offset, len(data))
        offset += -(-len(data) // ALIGNMENT) * ALIGNMENT
    head = json.dumps(table).encode()
    start = -(-(len(MAGIC) + 16 + len(head)) // ALIGNMENT) * ALIGNMENT
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write((MAGIC + b"%016d" % len(head) + head).ljust(start, b" "))
            for _name, _kind, data in parts:
                file.write(data)
                file.write(b"\0" * (-len(data) % ALIGNMENT))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class Sections:
    """The sections of a file; raises `ValueError` where it is not such a file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path.name} is no index")
        at = len(MAGIC) + 16
        size = int(self._map[len(MAGIC) : at])
        self._table: dict[str, tuple[str | None, int, int]] = json.loads(self._map[at : at + size])
        self._start = -(-(at + size) // ALIGNMENT) * ALIGNMENT

    def array(self, name: str) -> Array:
        """Return an array that lies in the mapped file."""
        import numpy as np

        kind, offset, size = self._table[name]
        dtype = np.dtype(kind)
        return np.frombuffer(self._map, dtype, size // dtype.itemsize, self._start + offset)

    def blob(self, name: str) -> memoryview:
        """Return the bytes of a blob, in the mapped file."""
        _kind, offset, size = self._table[name]
        return memoryview(self._map)[self._start + offset : self._start + offset + size]
