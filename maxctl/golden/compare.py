"""An answer against the expected one; how, is chosen by the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from maxctl.golden import detections, segmentation, values
from maxctl.golden.detections import Pair
from maxctl.golden.differences import Comparison, Counts, Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

Comparator = Callable[[str, Any, Any, Tolerance], "CaseResult"]


class CaseVerdict(StrEnum):
    """Whether an answer is the expected one."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: what differs, how much was compared, and of detections every pair, the good ones too."""

    id: str
    verdict: CaseVerdict
    differences: tuple[Difference, ...] = ()
    counts: Counts = field(default_factory=Counts)
    pairs: tuple[Pair, ...] = ()
    largest: float | None = None
    """As in `Comparison`."""

    @classmethod
    def of(cls, id_: str, comparison: Comparison, pairs: tuple[Pair, ...] = ()) -> CaseResult:
        """Return the result; a case without a difference has passed."""
        found = comparison.differences
        verdict = CaseVerdict.FAILED if found else CaseVerdict.PASSED
        return cls(id_, verdict, found, comparison.counts, pairs, comparison.largest)

    @classmethod
    def unanswered(cls, id_: str, reason: str) -> CaseResult:
        """Return the failure of a case that got no answer to compare."""
        return cls(id_, CaseVerdict.FAILED, (Difference(Kind.ANSWER, "answer", reason),))

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return self.verdict is CaseVerdict.PASSED


def count(task: str, response: Mapping[str, Any]) -> int:
    """Return how many predictions a good answer of the task holds: detections, or what its longest list holds."""
    if task == "object-detection":
        return len(detections.read(response))
    return max((len(one) for one in response.values() if isinstance(one, list)), default=1)


def tasks() -> tuple[str, ...]:
    """Return the tasks whose answers can be compared."""
    return tuple(sorted(_COMPARATORS))


def check(task: str, response: Any) -> None:
    """Raise `MalformedAnswerError` unless the response has the shape of the task's good answers."""
    status = response.get("status") if isinstance(response, Mapping) else None
    if status != "ok":
        raise MalformedAnswerError(f'the answer must be an object with "status": "ok"{_told(response)}')
    _COMPARATORS[task]("", response, response, Tolerance(0, 1))


def compare(task: str, id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    """Return how the actual response stands to the expected one, which `check` has passed."""
    if isinstance(actual, Mapping) and (status := actual.get("status")) != expected["status"]:
        return CaseResult.unanswered(
            id_, f"the status is {status!r}, expected {expected['status']!r}{_told(actual)}"
        )
    try:
        return _COMPARATORS[task](id_, expected, actual, tolerance)
    except MalformedAnswerError as error:
        return CaseResult.unanswered(id_, str(error))


def _told(response: Any) -> str:
    """Return what an error answer says, to stand behind a message."""
    message = response.get("message") if isinstance(response, Mapping) else None
    return f" ({str(message)[:200]})" if message else ""


def _detections(id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    comparison, pairs = detections.compare(detections.read(expected), detections.read(actual), tolerance)
    return CaseResult.of(id_, comparison, pairs)


def _segmentation(id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    return CaseResult.of(id_, segmentation.compare(expected, actual, tolerance))


def _values(id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    values.check(expected)
    return CaseResult.of(id_, values.compare(expected, actual, tolerance))


_COMPARATORS: dict[str, Comparator] = {
    "audio-classification": _values,
    "custom": _values,
    "embedding": _values,
    "image-classification": _values,
    "image-segmentation": _segmentation,
    "key-points": _values,
    "object-detection": _detections,
    "speech-activity": _values,
    "tabular": _values,
    "text-classification": _values,
}
