"""OpenVINO IR: `rt_info` and `meta_data` of the model's XML. No document type, so no entities, is accepted.

Keys: the path of the element, such as `rt_info.model_info.license`.
"""

from __future__ import annotations

from xml.parsers import expat

from maxctl.runtimes.metadata.source import VALUE_BYTES, DamagedError, Found, Source

_MOST_BYTES = 64 * 1024 * 1024
_LONGEST_TAG = 1024 * 1024
_DEEPEST = 100
_MOST_ELEMENTS = 1_000_000  # fifty thousand layers
_PIECE = 64 * 1024


def read(source: Source, found: Found) -> None:
    """Find what the model says; raises `DamagedError`."""
    if source.size > _MOST_BYTES:
        raise DamagedError(f"more than {_MOST_BYTES // 1024**2} MiB of XML are not read")
    reader = _Reader(source, found)
    for place in range(0, source.size, _PIECE):
        reader.feed(source.at(place, min(_PIECE, source.size - place)), place + _PIECE >= source.size)


class _Reader:
    """Follows the XML as it comes, and keeps what stands below `rt_info` and `meta_data` of the net."""

    def __init__(self, source: Source, found: Found) -> None:
        self._source, self._found = source, found
        self._path: list[str] = []
        self._text: list[str] = []
        self._kept = 0
        self._fed = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._finish
        parser.CharacterDataHandler = self._characters
        self._parser = parser

    def feed(self, data: bytes, last: bool) -> None:
        self._fed += len(data)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise DamagedError(f"its XML is malformed at line {error.lineno}") from error
        if not last and self._fed - max(0, self._parser.CurrentByteIndex) > _LONGEST_TAG:
            raise DamagedError("one tag of its XML is too long")

    def _refuse(self, *_: object) -> None:
        raise DamagedError("its XML declares a document type, which this format does not have")

    @property
    def _wanted(self) -> bool:
        return len(self._path) > 1 and self._path[1] in ("rt_info", "meta_data")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) == _DEEPEST:
            raise DamagedError(f"its XML is nested more than {_DEEPEST} deep")
        self._source.step(_MOST_ELEMENTS)
        if not self._path:
            if name != "net":
                raise DamagedError("its XML is of something else")
            self._found.add("name", attributes.get("name", ""))
        self._path.append(name)
        self._text, self._kept = [], 0
        if self._wanted:
            self._found.add(".".join(self._path[1:]), attributes.get("value", ""))

    def _characters(self, text: str) -> None:
        if self._wanted and self._kept <= VALUE_BYTES:
            self._text.append(text)
            self._kept += len(text)

    def _finish(self, _name: str) -> None:
        if self._wanted:
            self._found.add(".".join(self._path[1:]), "".join(self._text).strip())
        self._text, self._kept = [], 0
        self._path.pop()
