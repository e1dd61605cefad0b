"""Findings leave in every format, from every stage, and say the same in each."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email.message import Message
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from maxctl import __version__
from maxctl.cli.formats import Format, Report, StepResult, markdown, render
from maxctl.core import registry
from maxctl.core.facts.regress import RegressFacts
from maxctl.core.findings import Finding, Place
from maxctl.core.manifest import Output, Result
from maxctl.core.stage import Skip, Verdict
from tests.cli.format_samples import CASE, EVERYTHING, HOSTILE, finding, step
from tests.conftest import Maxctl
from tests.projects import project

SARIF = json.loads(
    (Path(__file__).parents[1] / "recorded/sarif-2.1.0/sarif-schema.json").read_text(encoding="utf-8")
)
SCHEMA = Draft202012Validator(SARIF)
TEXT = st.text(st.characters(), max_size=40)  # with the halves of characters that names of files may hold


def read(report: Report) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(render(report, Format.SARIF))
    SCHEMA.validate(whole)
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
def test_every_format_tells_every_verdict_and_action(format_: Format, detailed: bool) -> None:
    text = render(replace(EVERYTHING, detailed=detailed), format_, 200)
    told = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    if format_ is not Format.TABLE:  # which speaks to the one who just typed what the title says
        told += ["lifecycle of tiny", "policy", "house"]
    assert [words for words in told if words not in text] == []


@pytest.mark.parametrize("format_", Format)
def test_a_file_whose_name_is_no_utf_8_is_told_in_every_format(format_: Format) -> None:
    found = finding(place=Place("caf\udcff.py", 1), subject="caf\udcff.py", message="caf\udcff.py is odd")
    text = render(Report("caf\udcff", (step("one", Verdict.FAILED, "ran", found),)), format_)
    assert "caf" in text.encode("utf-8").decode()


def test_sarif_is_valid_and_each_result_points_to_its_rule():
    run = read(EVERYTHING)
    rules = run["tool"]["driver"]["rules"]
    assert {code.code for code in registry.stage("regress").codes} <= {rule["id"] for rule in rules}
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    assert [one["level"] for one in run["results"]] == ["note", "error", "error", "warning", "error"]


def test_sarif_places_are_files_of_the_project() -> None:
    results = read(EVERYTHING)["results"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert places[1]["region"] == {"startLine": 3, "startColumn": 7}
    at = {"uri": "golden/cases/coffee/expected.json", "uriBaseId": "%SRCROOT%"}
    assert places[1]["artifactLocation"] == at
    assert places[0]["artifactLocation"]["uri"] == "model.yaml"  # it has no place
    report = Report("t", (step("one", Verdict.FAILED, "ran", finding(place=Place("a b/ü:c.py"))),))
    (odd,) = read(report)["results"]
    at = {"uri": "a%20b/%C3%BC%3Ac.py", "uriBaseId": "%SRCROOT%"}
    assert odd["locations"][0]["physicalLocation"] == {"artifactLocation": at, "region": {"startLine": 1}}


def test_sarif_keeps_addresses_out_of_places_where_code_scanning_refuses_the_whole_file() -> None:
    result = read(EVERYTHING)["results"][4]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "model.yaml"
    assert "https://example.org/a b?c=d" in result["message"]["text"]
    assert result["properties"] == {"address": "https://example.org/a%20b?c=d"}
    assert '"uri": "http' not in render(EVERYTHING, Format.SARIF)


def test_sarif_tells_the_tool_and_where_it_is_at_home_if_the_distribution_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read(EVERYTHING)["tool"]["driver"]["version"] == __version__
    about = Message()
    about["Project-URL"] = "Changelog, https://example.org/changes"
    about["Project-URL"] = "Homepage, https://example.org/maxctl"
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: about)
    assert read(EVERYTHING)["tool"]["driver"]["informationUri"] == "https://example.org/maxctl"


def fingerprints(*found: Finding) -> list[str]:
    results = read(Report("t", (step("one", Verdict.FAILED, "ran", *found),)))["results"]
    return [one["partialFingerprints"]["maxctl/v1"] for one in results]


def test_sarif_fingerprints_differ_and_stay_when_lines_move_or_a_neighbour_goes() -> None:
    prints = [one["partialFingerprints"]["maxctl/v1"] for one in read(EVERYTHING)["results"]]
    assert len(set(prints)) == len(prints)
    place, moved = Place("a.py", 3), Place("a.py", 40, 2)
    gone, stays = finding(message="`os` unused"), finding(place=place, message="`re` unused, see a.py:3")
    (alone,) = fingerprints(finding(place=moved, message="`re` unused, see a.py:40"))
    assert fingerprints(replace(gone, place=place), stays)[1] == alone


def test_sarif_says_what_could_not_be_done() -> None:
    run = read(EVERYTHING)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    assert told == [
        ("note", "four not-applicable: no Python source."),
        ("error", "five unavailable: no container engine; start it."),
        ("warning", "six blocked: needs five, which was skipped (unavailable)."),
        ("error", "seven broke: the disk is full."),
        ("note", "eight left out: the spec has no `shortlist`."),
        ("note", "nine would run: forced."),
    ]
    verdicts = run["properties"]["verdicts"]
    assert (verdicts["one"], verdicts["three"], verdicts["seven"]) == ("passed", "failed", "broke")
    assert read(Report("t", EVERYTHING.steps[:4]))["invocations"][0]["executionSuccessful"] is True


def test_sarif_messages_hide_no_link_behind_other_words() -> None:
    report = Report("t", (step("one", Verdict.FAILED, "ran", finding(message=HOSTILE)),))
    assert "](" not in read(report)["results"][0]["message"]["text"]


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


def test_junit_tells_cases_of_one_name_apart_and_what_else_is_known() -> None:
    root = ET.fromstring(render(EVERYTHING, Format.JUNIT))
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert ("maxctl.regress", "REG001 coffee: cup (2)") in cases
    assert len(set(cases)) == len(cases)
    for suite in root:
        assert [one.attrib for one in suite.iter("property")] == [
            {"name": "policy", "value": "house | rules"}
        ]
    address = root.find("testsuite[@name='ten']/testcase")
    assert address is not None and address.get("file") is None  # readers make links to files of it


def test_junit_loses_no_error_of_a_step_that_has_no_verdict_of_its_own() -> None:
    steps = (
        step("skipped", Verdict.SKIPPED, "ran", finding(), skip=Skip.UNAVAILABLE, reason="no engine"),
        step("broke", Verdict.FAILED, "broke", finding(), reason="the disk is full"),
        step("failed", Verdict.FAILED, reason="the suite is empty"),
    )
    skipped, broke, failed = ET.fromstring(render(Report("t", steps), Format.JUNIT))
    assert [skipped.get(name) for name in ("tests", "failures", "skipped")] == ["2", "1", "1"]
    assert [broke.get(name) for name in ("tests", "errors")] == ["1", "1"]
    assert "error REG001" in (broke.findtext("system-out") or "")
    assert failed.find("testcase/failure[@message='the suite is empty']") is not None


@given(TEXT, TEXT, TEXT)
def test_junit_reads_back_whatever_a_finding_says(subject: str, message: str, code: str) -> None:
    found = finding(subject=subject, message=message, code=code)
    report = Report(message, (step("one", Verdict.FAILED, "ran", found, reason=subject),), extra={code: code})
    root = ET.fromstring(render(report, Format.JUNIT))
    case = next(root.iter("testcase"))
    assert case.get("classname") == "maxctl.regress"
    readable = [char for char in message if char.isprintable() and char < "\ud800"]
    assert all(char in (case.find("failure").get("message") or "") for char in readable)


def test_markdown_shows_hostile_words_as_they_are() -> None:
    found = finding(subject=HOSTILE, message=HOSTILE)
    text = render(
        Report(HOSTILE, (step("one", Verdict.FAILED, "ran", found, reason=HOSTILE),)), Format.MARKDOWN
    )
    assert cells(text)[1][2] == HOSTILE.replace("@", "@\u200b")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<br />\n<em>Mend:</em> look" in html
    assert "<script" not in html and "<em>d" not in html and ">e</a>" not in html


def test_markdown_mentions_nobody_and_no_thread() -> None:
    """Code hosts look for `@name` and `#1` in the text of the rendered page, outside code."""
    found = finding(message="@octocat see #12", subject="@octocat #12", remedy="ask @octocat, as in #12")
    many = step("@octocat", Verdict.FAILED, "ran", *[found] * 20, reason="ask @octocat in #12")
    text = render(Report("@octocat #12", (many,), extra={"@octocat": "#12"}), Format.MARKDOWN)
    html = re.sub("<code>.*?</code>", "", MarkdownIt("commonmark").enable("table").render(text))
    page = unescape(html)
    assert "octocat" in page
    assert "@octocat" not in page and "#12" not in page


def test_markdown_makes_addresses_links_that_lead_there() -> None:
    told = "see https://example.org/a_b*c_(d)?e=1|2, (https://example.org/x) [https://example.org/y_z]."
    place = Place("https://example.org/t_f_j", 3)
    report = Report("t", (step("one", Verdict.FAILED, "ran", finding(message=told, place=place)),))
    html = MarkdownIt("commonmark").enable("table").render(render(report, Format.MARKDOWN))
    assert re.findall('href="(.*?)"', html) == [
        "https://example.org/t_f_j",
        "https://example.org/a_b*c_(d)?e=1",
        "https://example.org/x",
        "https://example.org/y_z",
    ]


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_markdown_tables_keep_their_cells_whatever_is_in_them(row: list[str]) -> None:
    text = markdown.table([str(number) for number in range(len(row))], [row])
    assert [len(read) for read in cells(text)] == [len(row), len(row)]


def test_markdown_folds_many_findings_and_shows_facts_and_what_was_written() -> None:
    many = tuple(finding(subject=f"case {number}") for number in range(20))
    facts = RegressFacts(target="image", suite="sha256:0", cases=(CASE,))
    output = Output(path="reports/my_report.json", sha256="sha256:0")
    result = Result(verdict=Verdict.FAILED, findings=many, outputs=(output,))
    one = StepResult("my_step", "regress", "ran", result, facts=facts)
    text = render(Report("t", (one,)), Format.MARKDOWN)
    assert "<details>\n<summary>my_step: 20 errors</summary>\n\n-" in text
    assert ["coffee", "failed", "detections", "2", "1", "1", "0", "0"] in cells(text)
    assert "Wrote `reports/my_report.json`." in text
    brief = render(Report("t", (one,), detailed=False), Format.MARKDOWN)
    assert "| coffee |" in text and "| coffee |" not in brief and "Wrote" not in brief


@pytest.mark.parametrize("format_", Format)
@pytest.mark.parametrize(("note", "code", "told"), [(b"one", 1, "WRD001"), (b"\xff", 70, "broke")])
def test_a_stage_that_failed_or_broke_still_writes_its_result(
    tmp_path: Path, maxctl: Maxctl, format_: Format, note: bytes, code: int, told: str
) -> None:
    folder = project(tmp_path / "model", {"notes/a.txt": note})
    target = tmp_path / "out" / "result"
    finished = maxctl("count-words", "--least", "9", "-f", format_, "-o", str(target), cwd=folder)
    assert finished.returncode == code, finished.stderr
    if format_ is Format.TABLE and told == "broke":  # the error itself says it already
        assert "error:" in finished.stderr and not target.exists()
    else:
        assert told in target.read_text(encoding="utf-8")


def test_a_stage_without_a_project_writes_its_findings(maxctl: Maxctl, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    finished = maxctl("check", str(tmp_path), "-f", "sarif", "-o", str(tmp_path / "findings.sarif"))
    assert finished.returncode == 0, finished.stderr
    run = json.loads((tmp_path / "findings.sarif").read_text())["runs"][0]
    (found,) = run["results"]
    assert "os" in found["message"]["text"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.py"


def test_help_lists_the_formats(maxctl: Maxctl) -> None:
    assert "<table|json|markdown|sarif|junit>" in maxctl("run", "--help").stdout
    assert "<table|json|markdown>" in maxctl("status", "--help").stdout


def test_status_is_a_table_in_markdown_and_refers_who_wants_findings(maxctl: Maxctl, tmp_path: Path) -> None:
    folder = project(tmp_path / "model")
    told = maxctl("status", "-f", "markdown", cwd=folder)
    assert told.returncode == 1
    rows = cells(told.stdout)
    assert rows[0] == ["phase", "step", "state", "verdict", "why"]
    assert ["2 licensing", "scan-license", "not run", "", ""] in rows
    for format_ in ("sarif", "junit"):
        refused = maxctl("status", "-f", format_, cwd=folder)
        assert refused.returncode == 2 and not refused.stdout
        assert f"maxctl run -f {format_}" in refused.stderr


def test_what_has_no_findings_has_fewer_formats(maxctl: Maxctl) -> None:
    finished = maxctl("doctor", "-f", "sarif")
    assert finished.returncode == 2
    assert "json" in finished.stderr


def test_what_a_terminal_would_obey_is_spelt_out():
    found = finding(subject="a\x1b[2J", message="\x1b]0;owned\x07 \u202egnp.exe\nnext line")
    text = render(Report("t", (step("one", Verdict.FAILED, "ran", found),)), Format.TABLE, 120)
    assert not any(not letter.isprintable() and letter != "\n" for letter in text)
    assert "\\x1b]0;owned\\x07" in text
    assert "next line" in text
