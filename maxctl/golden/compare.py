"""An answer against the expected one; how, is chosen by the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from maxctl.golden import detections
from maxctl.golden.detections import Pair
from maxctl.golden.differences import Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

Comparator = Callable[[Any, Any, Tolerance], "tuple[tuple[Pair, ...], tuple[Difference, ...]]"]


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

    @classmethod
    def of(cls, id_: str, differences: tuple[Difference, ...], pairs: tuple[Pair, ...] = ()) -> CaseResult:
        """Return the result; a case without a difference has passed."""
        return cls(id_, CaseVerdict.FAILED if differences else CaseVerdict.PASSED, differences, pairs)

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


def tasks() -> tuple[str, ...]:
    """Return the tasks whose answers can be compared."""
    return tuple(sorted(_COMPARATORS))


def check(task: str, response: Any) -> None:
    """Raise `MalformedAnswerError` unless the response has the shape of the task's good answers."""
    status = response.get("status") if isinstance(response, Mapping) else None
    if status != "ok":
        raise MalformedAnswerError(f'the answer must be an object with "status": "ok"{_told(response)}')
    _COMPARATORS[task](response, response, Tolerance(0, 1))


def compare(task: str, id_: str, expected: Any, actual: Any, tolerance: Tolerance) -> CaseResult:
    """Return how the actual response stands to the expected one, which `check` has passed."""
    if isinstance(actual, Mapping) and (status := actual.get("status")) != expected["status"]:
        return CaseResult.unanswered(
            id_, f"the status is {status!r}, expected {expected['status']!r}{_told(actual)}"
        )
    try:
        pairs, found = _COMPARATORS[task](expected, actual, tolerance)
    except MalformedAnswerError as error:
        return CaseResult.unanswered(id_, str(error))
    return CaseResult.of(id_, found, pairs)


def _told(response: Any) -> str:
    """Return what an error answer says, to stand behind a message."""
    message = response.get("message") if isinstance(response, Mapping) else None
    return f" ({str(message)[:200]})" if message else ""


def _detections(
    expected: Any, actual: Any, tolerance: Tolerance
) -> tuple[tuple[Pair, ...], tuple[Difference, ...]]:
    pairs = detections.match(detections.read(expected), detections.read(actual), tolerance)
    return pairs, detections.differences(pairs, tolerance)


_COMPARATORS: dict[str, Comparator] = {"object-detection": _detections}
