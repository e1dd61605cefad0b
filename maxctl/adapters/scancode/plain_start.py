"""Whether a file is markup: `markup.is_markup`, without guessing the encoding of plain ASCII.

scancode decodes the first 1,024 bytes by what bs4 and chardet guess. Where they are printable ASCII, without what
7-bit encodings (ISO-2022, HZ, UTF-7) begin with and without a declared encoding, chardet says ASCII, and bs4
decodes as it says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maxctl.adapters.scancode.installed import module

CHARDET = frozenset({"7.7.0"})
"""The versions whose code was read for this."""
START = 1024
TEXT = bytes(byte for byte in (*range(32, 127), 9, 10, 13) if byte not in b"+~")


def install(site: Path) -> None:
    """Put it in place, unless another chardet is installed in `site`."""
    if any((site / f"chardet-{version}.dist-info").is_dir() for version in CHARDET):
        markup = module("textcode.markup")
        markup.is_markup = _is_markup(markup, markup.is_markup)


def is_plain(start: bytes) -> bool:
    """Tell whether bytes are ASCII to every guess."""
    lower = start.lower()
    return not start.translate(None, TEXT) and b"coding" not in lower and b"charset" not in lower


def _is_markup(markup: Any, original: Any) -> Any:
    def is_markup(location: str) -> bool:
        kind = markup.get_type(location)
        if kind.size < 64 or not kind.is_text:
            return False
        if location.endswith(markup.extensions):
            return True
        with Path(location).open("rb") as file:
            start = file.read(START)
        told: bool = markup.is_markup_text(start.decode("ascii")) if is_plain(start) else original(location)
        return told

    return is_markup
