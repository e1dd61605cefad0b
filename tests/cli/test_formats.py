"""Findings leave in every format, from every stage, and say the same in each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from maxctl.cli.formats import Format, Report, StepResult, render
from maxctl.core import registry
from maxctl.core.facts.regress import CaseFacts, RegressFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.manifest import Result
from maxctl.core.stage import Skip, Verdict

SARIF = json.loads(
    (Path(__file__).parents[1] / "recorded/sarif-2.1.0/sarif-schema.json").read_text(encoding="utf-8")
)
HOSTILE = "a|b `c` <script>@octocat</script> *d* [e](https://example.org) \\ &amp; $x$ ~~f~~"
TEXT = st.text(max_size=40)


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


CASE = CaseFacts(id="coffee", verdict="failed", expected=2, same=1, missing=1, extra=0, changed=0)
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
)


def read(report: Report) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(render(report, Format.SARIF))
    Draft202012Validator(SARIF).validate(whole)
    (run,) = whole["runs"]
    return dict(run)


def cells(markdown: str) -> list[list[str]]:
    """Return the rows of every table, as a reader sees their text."""
    rows: list[list[str]] = []
    cell = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        cell = token.type in ("th_open", "td_open") or (cell and token.type == "inline")
        if token.type == "tr_open":
            rows.append([])
        elif cell and token.type == "inline":
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


@pytest.mark.parametrize("format_", Format)
@pytest.mark.parametrize("detailed", [True, False])
def test_every_format_tells_every_verdict_and_action(format_, detailed):
    text = render(Report(EVERYTHING.title, EVERYTHING.steps, detailed), format_, 200)
    for name in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"):
        assert name in text or (format_ is Format.SARIF and name in ("one", "four", "eight", "nine"))


def test_sarif_is_valid_and_each_result_points_to_its_rule():
    run = read(EVERYTHING)
    rules = run["tool"]["driver"]["rules"]
    assert {code.code for code in registry.stage("regress").codes} <= {rule["id"] for rule in rules}
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    assert [one["level"] for one in run["results"]] == ["note", "error", "error", "warning", "error"]


def test_sarif_places_are_files_of_the_project_and_addresses_stand_beside():
    results = read(EVERYTHING)["results"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert places[1]["region"] == {"startLine": 3, "startColumn": 7}
    assert places[1]["artifactLocation"]["uri"] == "golden/cases/coffee/expected.json"
    assert places[0]["artifactLocation"]["uri"] == places[4]["artifactLocation"]["uri"] == "model.yaml"
    related = results[4]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]
    assert related == {"uri": "https://example.org/a%20b?c=d"}


def test_sarif_fingerprints_differ_and_stay_when_a_line_moves():
    prints = [one["partialFingerprints"]["maxctl/v1"] for one in read(EVERYTHING)["results"]]
    assert len(set(prints)) == len(prints)
    one, moved = (
        read(Report("t", (step("one", Verdict.FAILED, "ran", finding(place=Place("a.py", line))),)))
        for line in (3, 40)
    )
    assert one["results"][0]["partialFingerprints"] == moved["results"][0]["partialFingerprints"]


def test_sarif_says_what_could_not_be_done():
    (invocation,) = read(EVERYTHING)["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    assert told == [
        ("error", "five unavailable: no container engine; start it."),
        ("warning", "six blocked: needs five, which was skipped (unavailable)."),
        ("error", "seven broke: the disk is full."),
    ]
    assert read(Report("t", EVERYTHING.steps[:4]))["invocations"][0]["executionSuccessful"] is True


@given(TEXT, TEXT, TEXT, TEXT)
def test_sarif_is_valid_whatever_a_finding_says(subject, message, remedy, path):
    found = finding(subject=subject, message=message, remedy=remedy, place=Place(path or "x", 1))
    read(Report(message, (step("one", Verdict.FAILED, "ran", found),)))


def test_junit_has_a_suite_for_each_step_and_counts_rightly():
    root = ET.fromstring(render(EVERYTHING, Format.JUNIT))
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["11", "3", "2", "4"]
    suites = {suite.get("name"): suite for suite in root}
    assert [failure.get("type") for failure in suites["three"].iter("failure")] == ["REG001", "REG001"]
    assert suites["three"].find("testcase").get("file") == "golden/cases/coffee/expected.json"
    assert suites["three"].find("testcase").get("line") == "3"
    assert suites["three"].find("system-out").text.startswith("warning REG001")
    assert suites["four"].find("testcase/skipped").get("message") == "not-applicable: no Python source"
    assert suites["seven"].find("testcase/error").get("message") == "the disk is full"
    for suite in suites.values():
        assert int(suite.get("tests")) == len(suite.findall("testcase"))


@given(TEXT, TEXT)
def test_junit_reads_back_whatever_a_finding_says(subject, message):
    found = finding(subject=subject, message=message)
    root = ET.fromstring(render(Report("t", (step("one", Verdict.FAILED, "ran", found),)), Format.JUNIT))
    case = next(root.iter("testcase"))
    assert case.get("classname") == "maxctl.regress"
    readable = [char for char in message if char.isprintable() and char < "\ud800"]
    assert all(char in (case.find("failure").get("message") or "") for char in readable)


def test_markdown_shows_hostile_words_as_they_are():
    found = finding(subject=HOSTILE, message=HOSTILE)
    text = render(
        Report(HOSTILE, (step("one", Verdict.FAILED, "ran", found, reason=HOSTILE),)), Format.MARKDOWN
    )
    assert cells(text)[1][2] == HOSTILE
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in html and "<em>d" not in html and 'href="https://example.org"' not in html
    assert "@octocat" not in text.replace("@octocat</script> *d*", "")  # but in the code span


def test_markdown_folds_many_findings_and_shows_tables_of_facts():
    many = tuple(finding(subject=f"case {number}") for number in range(20))
    facts = RegressFacts(target="image", suite="sha256:0", cases=(CASE,))
    text = render(Report("t", (step("one", Verdict.FAILED, "ran", *many, facts=facts),)), Format.MARKDOWN)
    assert "<details>\n<summary>one: 20 errors</summary>" in text
    assert ["coffee", "failed", "2", "1", "1", "0", "0"] in cells(text)


def test_a_stage_writes_its_findings_in_a_format_of_choice(maxctl, tmp_path):
    (tmp_path / "a.py").write_text("import os\n")
    target = tmp_path / "out" / "findings.sarif"
    finished = maxctl("check", str(tmp_path), "-f", "sarif", "-o", str(target))
    assert finished.returncode in (0, 1), finished.stderr
    run = json.loads(target.read_text())["runs"][0]
    assert any("os" in one["message"]["text"] for one in run["results"])


def test_what_has_no_findings_has_fewer_formats(maxctl):
    finished = maxctl("doctor", "-f", "sarif")
    assert finished.returncode == 2
    assert "json" in finished.stderr
