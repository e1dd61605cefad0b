"""A suite asked of anything that answers: a model, a service, a container."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maxctl.core.progress import Progress, Silent
from maxctl.golden.compare import CaseResult, compare
from maxctl.golden.suite import Case, Suite


class NoAnswer:
    """Heard in place of a response where there is none: why, in words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


Hear = Callable[[str, Any], None]
"""Takes the id of a case and its response (or `NoAnswer`), as soon as it is there."""

Answer = Callable[[Sequence[Case], Hear], object]
"""Asks the cases and tells each response to `Hear`, in any order; raises where nothing can be asked at all."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """How each case of a suite went, in the suite's order."""

    cases: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every answer is the expected one."""
        return all(case.passed for case in self.cases)

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that differ."""
        return tuple(case for case in self.cases if not case.passed)


def run_suite(
    answer: Answer, suite: Suite, progress: Progress | None = None, label: str = "cases"
) -> SuiteResult:
    """Return how the answers compare with the suite's; each is compared when it comes and then forgotten.

    A case that is not answered, or answered twice, has failed; an answer to no case raises ValueError.
    """
    listener = progress or Silent()
    known = {case.id: case for case in suite.cases}
    results: dict[str, CaseResult] = {}

    def hear(id_: str, response: Any) -> None:
        case = known.get(id_)
        if case is None:
            raise ValueError(f"the suite has no case `{id_}`, which was answered")
        if id_ in results:
            results[id_] = CaseResult.unanswered(id_, "was answered more than once")
        elif isinstance(response, NoAnswer):
            results[id_] = CaseResult.unanswered(id_, response.reason)
        else:
            results[id_] = compare(suite.task, id_, case.expected, response, suite.tolerance)
        listener.advance(label, len(results), len(known))

    listener.advance(label, 0, len(known))
    answer(suite.cases, hear)
    return SuiteResult(
        tuple(
            results.get(case.id) or CaseResult.unanswered(case.id, "was not answered") for case in suite.cases
        )
    )
