"""GGUF, versions 2 and 3, of either byte order: every text but those of the tokenizer, and the `general.` numbers.

Keys as in the file: `general.license`, `general.base_model.0.repo_url`, `general.datasets`; a list of strings
is one text, a line for each.
"""

from __future__ import annotations

import struct
from typing import Any

from maxctl.runtimes.metadata.source import VALUE_BYTES, DamagedError, Found, Source

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_SHORTEST_PAIR = 13  # an empty key, a type, one byte
_MOST_STRINGS = 4_000_000  # the largest vocabularies have a quarter of a million
_MOST_LISTED = 1_000
_DEEPEST = 4


def read(source: Source, found: Found) -> None:
    """Find what the header says; raises `DamagedError`."""
    head = source.at(0, 24)
    if head[:4] != b"GGUF":
        raise DamagedError("it lacks the identifier GGUF")
    # the number of the version is small, so its zeros tell the byte order
    order = ">" if head[4:6] == b"\0\0" else "<"
    version, _tensors, pairs = struct.unpack_from(f"{order}IQQ", head, 4)
    if version not in (2, 3):
        raise DamagedError(f"version {version} of GGUF is not read")
    if pairs > source.size // _SHORTEST_PAIR:
        raise DamagedError(f"it claims {pairs} entries, more than it has room for")
    reader = _Reader(source, order)
    for _ in range(pairs):
        reader.pair(found)


class _Reader:
    """Reads one value after the other."""

    def __init__(self, source: Source, order: str) -> None:
        self._source, self._order = source, order
        self._place = 24
        self._strings = 0

    def pair(self, found: Found) -> None:
        self._source.step()
        key = self._string()
        name = key.decode("utf-8", errors="replace")
        kind = self._number("I")
        # the texts of a tokenizer are its vocabulary and the template of a chat
        wanted = not name.startswith("tokenizer.")
        if kind == _STRING:
            if wanted:
                found.add(name, self._string())
            else:
                self._skip_strings(1)
        elif kind == _ARRAY:
            texts = self._array(wanted, 1)
            found.add(name, b"\n".join(texts))
        else:
            value = self._number(self._code(kind))
            if name.startswith("general."):
                found.add(name, str(value))

    def _array(self, wanted: bool, depth: int) -> list[bytes]:
        """Return the first strings of an array if they are wanted, and step over the rest."""
        kind, count = self._number("I"), self._number("Q")
        texts: list[bytes] = []
        if kind == _STRING:
            while wanted and len(texts) < min(count, _MOST_LISTED) and sum(map(len, texts)) <= VALUE_BYTES:
                texts.append(self._string())
            self._skip_strings(count - len(texts))
        elif kind == _ARRAY:
            if depth == _DEEPEST:
                raise DamagedError(f"its lists are nested more than {_DEEPEST} deep")
            for _ in range(count):
                self._source.step()
                self._array(False, depth + 1)
        else:
            self._jump(count * struct.calcsize(self._code(kind)))
        return texts

    def _code(self, kind: int) -> str:
        if kind not in _NUMBERS:
            raise DamagedError(f"a value is of the unknown type {kind}")
        return _NUMBERS[kind]

    def _number(self, code: str) -> Any:
        layout = struct.Struct(self._order + code)
        (value,) = layout.unpack(self._source.at(self._place, layout.size))
        self._place += layout.size
        return value

    def _string(self) -> bytes:
        count = self._number("Q")
        start = self._place
        self._jump(count)
        return self._source.beginning(start, count)

    def _skip_strings(self, count: int) -> None:
        self._strings += count
        if self._strings > _MOST_STRINGS or count * 8 > self._source.size:
            raise DamagedError("it claims more strings than it has room for, or than are read")
        layout, at, place = struct.Struct(self._order + "Q"), self._source.at, self._place
        for _ in range(count):
            place += 8 + layout.unpack(at(place, 8))[0]
        self._place = place
        self._jump(0)

    def _jump(self, count: int) -> None:
        self._source.within(self._place, count)
        self._place += count
