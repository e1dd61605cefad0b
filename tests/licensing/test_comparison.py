"""Several candidates in one table: which stands first, what decided, and what the gate says."""

from __future__ import annotations

import pytest

from maxctl.cli.formats import Format, Report, StepResult, render
from maxctl.core.errors import FetchError, ToolMissingError, UsageError
from maxctl.core.facts.scan_license_comparison import LicenseComparisonFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.manifest import Result
from maxctl.core.stage import Verdict
from maxctl.licensing.comparison import Judged, compare, deciding, judge_each
from tests.licensing.judged import dataset, facts, slot

GOOD = facts(code=slot(), weights=slot(concluded="Apache-2.0"))
UNSURE = facts(code=slot(), weights=slot(concluded="Apache-2.0", confidence="low"))
ASKING = facts("review", code=slot(), weights=slot("review", "OpenRAIL"))
ASKING_TWICE = facts("review", code=slot("review", "LGPL-2.1-only"), weights=slot("review", "OpenRAIL"))
BAD = facts("deny", code=slot(), weights=slot("deny", "CC-BY-NC-4.0"))


def order(*judged) -> list[str]:
    named = [(str(number), one) for number, one in enumerate(judged)]
    return [candidate.name for candidate in compare(named).candidates]


def test_the_best_verdict_stands_first_then_fewer_doubtful_slots_then_the_surer_one() -> None:
    assert order(BAD, ASKING_TWICE, ASKING, UNSURE, GOOD) == ["4", "3", "2", "1", "0"]
    assert order(GOOD, BAD, GOOD) == ["0", "2", "1"]


def test_what_could_not_be_judged_stands_last_with_its_error() -> None:
    found = compare([("bad", BAD)], [("gone", UsageError("there is no folder gone"))])
    assert [one.name for one in found.candidates] == ["bad", "gone"]
    assert (found.candidates[1].verdict, found.candidates[1].error) == (None, "there is no folder gone")


def test_the_reason_of_the_slot_that_decides_is_told_in_a_few_words() -> None:
    assert deciding(GOOD) == ""
    assert deciding(BAD) == "weights: CC-BY-NC-4.0 is to be looked at"
    long = slot(
        "review", reasons=[{"code": "LIC002", "ruling": "review", "text": "word\n" * 90, "change": ""}]
    )
    assert deciding(facts("review", code=long)).endswith("…") and "\n" not in deciding(
        facts("review", code=long)
    )


def test_a_reason_that_somebody_waived_decides_nothing() -> None:
    reasons = [
        {"code": "LIC002", "ruling": "review", "text": "waived", "change": "", "waived_by": "me"},
        {"code": "LIC002", "ruling": "review", "text": "open", "change": ""},
    ]
    assert deciding(facts("review", code=slot("review", reasons=reasons))) == "code: open"


def test_denied_data_that_asks_for_a_review_of_the_whole_is_what_decides() -> None:
    data = slot(
        "deny", None, reasons=[{"code": "LIC010", "ruling": "deny", "text": "withdrawn", "change": ""}]
    )
    assert deciding(facts("review", code=slot(), data=data)) == "data: withdrawn"


def test_the_table_has_a_row_for_each_candidate_and_a_column_for_each_slot() -> None:
    data = slot("review", None, datasets=[dataset("coco"), dataset("imagenet-1k")])
    found = compare([("one", facts("review", code=slot(), data=data))], [("two", UsageError("gone"))])
    (table,) = found.tables()
    assert table.columns == (
        "candidate",
        "verdict",
        "code",
        "weights",
        "data",
        "scripts",
        "samples",
        "decided by",
    )
    assert table.rows[0][:5] == ("one", "review", "allow\nMIT", "–", "review\ncoco, imagenet-1k")
    assert table.rows[1] == ("two", "not judged", "–", "–", "–", "–", "–", "gone")


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_tells_of_every_candidate(format_: Format) -> None:
    outcome = judge_each(["a", "b", "c"], judge)
    result = Result(
        verdict=outcome.verdict, findings=outcome.findings, facts=outcome.facts.model_dump(mode="json")
    )
    step = StepResult("scan-license", "scan-license", "ran", result, facts=outcome.facts)
    text = render(Report("scan-license a b c", (step,)), format_, 140)
    assert "c: weights" in text and "b cannot be asked" in text


def judge(target: str) -> Judged:
    match target:
        case "a":
            return Judged("a", ASKING, (finding(Severity.WARNING),))
        case "b":
            raise FetchError("b cannot be asked", hint="ask again")
    return Judged("c", BAD, (finding(Severity.ERROR), finding(Severity.ERROR, "https://h.org/x")))


def finding(severity: Severity, path: str = "LICENSE") -> Finding:
    return Finding("LIC001", severity, "weights", "denied", "take another", Place(path, 3))


def test_one_that_cannot_be_judged_does_not_lose_the_others_and_fails_the_gate() -> None:
    outcome = judge_each(["b", "a"], judge)
    assert isinstance(outcome.facts, LicenseComparisonFacts)
    assert [one.name for one in outcome.facts.candidates] == ["a", "b"]
    assert [(one.code, one.severity, one.remedy) for one in outcome.findings[1:]] == [
        ("LIC027", Severity.ERROR, "ask again")
    ]
    assert outcome.verdict is Verdict.FAILED
    assert judge_each(["a"], judge).verdict is Verdict.PASSED


def test_the_gate_holds_for_each_candidate_and_findings_name_theirs() -> None:
    outcome = judge_each(["c", "a"], judge)
    assert outcome.verdict is Verdict.FAILED
    assert [(one.subject, str(one.place)) for one in outcome.findings] == [
        ("a: weights", "a/LICENSE:3"),
        ("c: weights", "c/LICENSE:3"),
        ("c: weights", "https://h.org/x:3"),
    ]


def test_a_missing_tool_says_nothing_of_any_candidate_and_ends_the_command() -> None:
    def missing(target: str) -> Judged:
        raise ToolMissingError("scancode is not here", hint="pip install it")

    with pytest.raises(ToolMissingError):
        judge_each(["a", "b"], missing)


def test_the_whole_facts_of_each_candidate_are_kept() -> None:
    told = judge_each(["a", "c"], judge).facts.model_dump(mode="json")
    assert told["candidates"][1]["facts"]["slots"]["weights"]["concluded"] == "CC-BY-NC-4.0"
    assert LicenseComparisonFacts.model_validate(told).model_dump(mode="json") == told
