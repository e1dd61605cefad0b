"""A report that holds every verdict and every action, for the tests of the formats."""

from __future__ import annotations

from typing import Any

from maxctl.cli.formats import Report, StepResult
from maxctl.core.facts.regress import CaseFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.manifest import Result
from maxctl.core.stage import Skip, Verdict

HOSTILE = "a|b `c` <script>@octocat</script> *d* [e](https://example.org) \\ &amp; $x$ ~~f~~"


def finding(**changes: Any) -> Finding:
    parts: dict[str, Any] = {
        "code": "REG001", "severity": Severity.ERROR, "subject": "coffee: cup", "message": "it is missing",
        "remedy": "look at the report", "place": Place("golden/cases/coffee/expected.json", 3, 7),
    }  # fmt: skip
    return Finding(**{**parts, **changes})


def step(name: str, verdict: Verdict | None, action: str = "ran", *found: Finding, **more: Any) -> StepResult:
    parts = {key: more.pop(key) for key in ("skip", "reason") if key in more}
    result = None if verdict is None else Result(verdict=verdict, findings=found, **parts)
    return StepResult(name, more.pop("stage", "regress"), action, result, seconds=1.5, **more)


CASE = CaseFacts(
    id="coffee", verdict="failed", parts="detections", expected=2, same=1, missing=1, extra=0, changed=0
)
EVERYTHING = Report(
    "lifecycle of tiny",
    (
        step("one", Verdict.PASSED),
        step("two", Verdict.PASSED, "recorded", finding(severity=Severity.NOTE, place=None)),
        step("three", Verdict.FAILED, "ran", finding(), finding(), finding(severity=Severity.WARNING)),
        step("four", Verdict.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no Python source"),
        step("five", Verdict.SKIPPED, skip=Skip.UNAVAILABLE, reason="no container engine; start it"),
        StepResult("six", "regress", "blocked", None, "needs five, which was skipped (unavailable)"),
        StepResult("seven", "regress", "broke", None, "the disk is full"),
        StepResult("eight", "regress", "left out", None, "the spec has no `shortlist`"),
        StepResult("nine", "regress", "would run", None, "forced"),
        step(
            "ten", Verdict.FAILED, "ran", finding(place=Place("https://example.org/a b?c=d")), stage="nobodys"
        ),
    ),
    extra={"policy": "house | rules"},
)
