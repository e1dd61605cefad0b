"""An answer against the expected one; how, is chosen by the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from maxctl.golden import detections, segmentation, values
from maxctl.golden.detections import Pair
from maxctl.golden.differences import Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

Comparator = Callable[[str, Any, Any, Tolerance], "CaseResult"]


class CaseVerdict(StrEnum):
    """Whether an answer is the expected one."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: what differs, and every pair that was compared, the good ones too."""

    id: str
    verdict: CaseVerdict
    differences: tuple[Difference, ...] = ()
    pairs: tuple[Pair, ...] = ()
    largest: float | None = None
    """By how much a number is off at most: a score, a value, or the part of the pixels that differ."""

    @classmethod
    def of(
        cls,
        id_: str,
        differences: tuple[Difference, ...],
        pairs: tuple[Pair, ...] = (),
        largest: float | None = None,
    ) -> CaseResult:
        """Return the result; a case without a difference has passed."""
        verdict = CaseVerdict.FAILED if differences else CaseVerdict.PASSED
        return cls(id_, verdict, differences, pairs, largest)

    @classmethod
    def unanswered(cls, id_: str, reason: str) -> CaseResult:
        """Return the failure of a case that got no answer to compare."""
        return cls.of(id_, (Difference(Kind.ANSWER, "answer", reason),))

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return self.verdict is CaseVerdict.PASSED

    def count(self, *kinds: Kind) -> int:
        """Return how many pairs have one of these faults."""
        return sum(any(fault in kinds for fault in pair.faults) for pair in self.pairs)


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
    pairs = detections.match(detections.read(expected), detections.read(actual), tolerance)
    apart = [abs(pair.score_difference) for pair in pairs if pair.score_difference is not None]
    return CaseResult.of(id_, detections.differences(pairs, tolerance), pairs, max(apart) if apart else None)


def _segmentation(id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    found, largest = segmentation.differences(expected, actual, tolerance)
    return CaseResult.of(id_, found, largest=largest)


def _values(id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    values.check(expected)
    found, largest = values.differences(expected, actual, tolerance)
    return CaseResult.of(id_, found, largest=largest)


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
