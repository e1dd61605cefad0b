"""What has changed between two suites: other questions, or other answers to the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maxctl.golden.run import Hear, SuiteResult, run_suite
from maxctl.golden.suite import Case, Suite


def questions(old: Suite, new: Suite) -> tuple[str, ...]:
    """Return in words how the new suite asks otherwise than the old one; empty where it does not."""
    told = [
        f"{name}: {was} became {now}"
        for name, was, now in (
            ("task", old.task, new.task),
            ("name of the upload", old.field, new.field),
            ("allowed score difference", old.tolerance.score, new.tolerance.score),
            ("least IoU", old.tolerance.iou, new.tolerance.iou),
        )
        if was != now
    ]
    before = {case.id: case.definition() for case in old.cases}
    after = {case.id: case.definition() for case in new.cases}
    told += [f"case {id_} was removed" for id_ in before if id_ not in after]
    told += [f"case {id_} was added" for id_ in after if id_ not in before]
    for id_ in after:
        if id_ in before and before[id_] != after[id_]:
            parts = [name for name in after[id_] if before[id_][name] != after[id_][name]]
            told.append(f"case {id_} has another {' and '.join(parts)}")
    return tuple(told)


def answers(old: Suite, new: Suite) -> SuiteResult:
    """Return how the new suite's answers compare with the old one's, for the cases that both have."""
    given: dict[str, Any] = {case.id: case.expected for case in new.cases}

    def answer(cases: Sequence[Case], hear: Hear) -> None:
        for case in cases:
            if case.id in given:
                hear(case.id, given[case.id])

    result = run_suite(answer, old)
    return SuiteResult(tuple(case for case in result.cases if case.id in given))
