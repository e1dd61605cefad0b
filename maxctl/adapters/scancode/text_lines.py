"""The numbered lines of a file, read and decoded once; scancode reads them again for each thing it looks for."""

from __future__ import annotations

from typing import Any

from maxctl.adapters.scancode.installed import module

Line = tuple[int, str]


class TextLines:
    """Stands for `numbered_text_lines` where license detection calls it; keeps the lines of one file."""

    def __init__(self) -> None:
        self._read = module("textcode.analysis").numbered_text_lines
        self._path: str | None = None
        self._lines: list[Line] = []

    def start(self, path: str) -> None:
        """Forget what was read; the file named next is read anew."""
        self._path, self._lines = None, []

    def __call__(self, location: Any, *arguments: Any, **settings: Any) -> Any:
        """Return the lines of a file as they stand; with unusual settings, scancode is asked."""
        unusual = settings.get("demarkup") or settings.get("plain_text") or settings.get("start_line", 1) != 1
        if arguments or unusual or not isinstance(location, str):
            return self._read(location, *arguments, **settings)
        if location != self._path:
            self._lines = list(self._read(location, demarkup=False))
            self._path = location
        return self._lines

    def without_markup(self, location: str) -> list[Line]:
        """Return the lines as the search for notices reads them: without markup, where the file is markup."""
        if module("textcode.markup").is_markup(location):
            return list(self._read(location, demarkup=True))
        lines: list[Line] = self(location)
        return lines
