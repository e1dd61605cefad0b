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
