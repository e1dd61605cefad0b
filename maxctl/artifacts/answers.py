"""What mirrors answered when they were asked, remembered as long as the cache spares us asking again.

Without this memory a warning about a mirror would vanish from the record as soon as the cache has the bytes,
and a result would hang on the state of a cache.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from maxctl.artifacts import disk
from maxctl.artifacts.verify import Expected


class Answer(StrEnum):
    """How a mirror disappointed. That it could not be asked at all is no answer."""

    ABSENT = "does not have it"
    DIFFERS = "delivers other bytes"


class Answers:
    """One small file for each mirror that disappointed."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "answers"

    def remember(self, address: str, wanted: Expected, answer: Answer) -> None:
        """Keep what the mirror answered to this wish."""
        with disk.room("the cache", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._place(address, wanted).write_text(answer.value)

    def recall(self, address: str, wanted: Expected) -> Answer | None:
        """Return what the mirror answered last, or None where it delivered or was never asked."""
        try:
            return Answer(self._place(address, wanted).read_text())
        except (FileNotFoundError, ValueError):  # ValueError: cut short by a full disk
            return None

    def forget(self, address: str, wanted: Expected) -> None:
        """Forget it: the mirror delivered."""
        self._place(address, wanted).unlink(missing_ok=True)

    def _place(self, address: str, wanted: Expected) -> Path:
        return self._folder / sha256(f"{address}\n{wanted.size}\n{wanted.sha256}".encode()).hexdigest()
