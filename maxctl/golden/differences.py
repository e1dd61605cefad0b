"""What can differ between an expected answer and an actual one, with the numbers that decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MalformedAnswerError(ValueError):
    """An answer does not have the shape of its task."""


class Kind(StrEnum):
    """The ways in which an answer can be off."""

    MISSING = "missing"
    EXTRA = "extra"
    SCORE = "score"
    BOX = "box"
    LABEL = "label"
    VALUE = "value"
    """A number, a text or a length that is another."""
    ANSWER = "answer"
    """No answer, an error, or something that is no answer."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which an answer is off: about what, in words, and the numbers behind the words."""

    kind: Kind
    subject: str
    message: str
    score_difference: float | None = None
    """Actual minus expected."""
    iou: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parts of an answer were expected, and how each went; what a part is depends on the task."""

    parts: str = "answers"
    """What is counted: detections, classes of pixels, or single values."""
    same: int = 0
    missing: int = 0
    extra: int = 0
    changed: int = 0

    @property
    def expected(self) -> int:
        """How many parts the expected answer has."""
        return self.same + self.missing + self.changed


@dataclass(frozen=True, slots=True)
class Comparison:
    """One answer against the expected one."""

    differences: tuple[Difference, ...]
    counts: Counts
    largest: float | None
    """By how much a number is off at most: a score, a value, or the part of the pixels that differ."""
