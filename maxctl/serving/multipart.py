"""`multipart/form-data` parsed in memory: the body is already bounded, and the disk may be read-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from .errors import BadInputError

if TYPE_CHECKING:  # its older versions have this name only for type checkers
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 64


@dataclass(slots=True)
class Form:
    """The text fields and the files of a form, by name, in the order sent."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=dict)


def parse(content_type: str, body: bytes) -> Form:
    """Return the form in a body; an empty one where the content type is another. Raises `BadInputError`."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return Form()
    if not options.get(b"boundary"):
        raise BadInputError("The form cannot be read: its Content-Type names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(options[b"boundary"], reader.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadInputError(f"The form cannot be read: {error}") from None
    if not reader.ended:
        raise BadInputError("The form cannot be read: it ends before its closing boundary")
    return reader.form


class _Reader:
    """Gathers the pieces that the parser reports."""

    def __init__(self) -> None:
        self.form = Form()
        self.ended = False
        self._parts = 0
        self._name = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise BadInputError(f"The form has more than {MAX_PARTS} parts")
        self._headers, self._pieces = {}, []

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if kind != b"form-data" or b"name" not in options:
            raise BadInputError("The form cannot be read: a part has no name")
        name = options[b"name"].decode("utf-8", "replace")
        content = b"".join(self._pieces)
        if b"filename" not in options:
            self.form.fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
        elif options[b"filename"]:
            self.form.files.setdefault(name, []).append(content)
        # an empty file name is what a browser sends for a file input that was left empty

    def _finish(self) -> None:
        self.ended = True
