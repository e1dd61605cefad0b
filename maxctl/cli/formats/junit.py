"""Findings as JUnit XML, for the test pages of continuous integration: a suite per step, a failure per error."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

from maxctl.cli.formats import Report, StepResult
from maxctl.core.findings import Finding, Severity
from maxctl.core.stage import Verdict

# what XML 1.0 does not allow in any spelling (W3C, Extensible Markup Language 1.0, section 2.2)
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(report: Report, width: int | None = None) -> str:
    """Return the report as XML; `width` does not matter."""
    suites = [_suite(step, report.extra) for step in report.steps]
    root = ET.Element("testsuites", name=_clean(f"maxctl {report.title}"), tests=_sum(suites, "tests"))
    for name in COUNTED:
        root.set(name, _sum(suites, name))
    root.set("time", f"{sum(step.seconds for step in report.steps):.3f}")
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _suite(step: StepResult, extra: dict[str, Any]) -> ET.Element:
    cases = list(_cases(step))
    suite = ET.Element("testsuite", name=_clean(step.step), tests=str(len(cases)))
    for name, tag in COUNTED.items():
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{step.seconds:.3f}")
    if extra:
        properties = ET.SubElement(suite, "properties")
        for key, value in extra.items():
            ET.SubElement(properties, "property", name=_clean(key), value=_clean(str(value)))
    for case in cases:
        case.set("time", f"{step.seconds / len(cases):.3f}")
    suite.extend(cases)
    told = [_line(one) for one in _findings(step) if one.severity is not Severity.ERROR or _kept(step)]
    if told:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(told))
    return suite


def _cases(step: StepResult) -> list[ET.Element]:
    """Return the errors as failing cases; else, and beside them if it was skipped, the step as one case."""
    errors = [] if _kept(step) else [one for one in _findings(step) if one.severity is Severity.ERROR]
    seen: Counter[str] = Counter()
    cases = [_failed(step, one, seen) for one in errors]
    skipped = step.result is None or step.result.verdict is Verdict.SKIPPED
    return cases if cases and not skipped else [*cases, _whole(step)]


def _whole(step: StepResult) -> ET.Element:
    """Return the step as one case that passed, was skipped, or broke."""
    case = ET.Element("testcase", classname=_clean(f"maxctl.{step.stage}"), name=_clean(step.step))
    reason = _clean(step.reason or (step.result.reason if step.result else None) or "")
    if _kept(step):
        ET.SubElement(case, "error", message=reason, type=step.action).text = reason
    elif step.result is None or step.result.verdict is Verdict.SKIPPED:
        skip = (step.result.skip if step.result else None) or step.action
        ET.SubElement(case, "skipped", message=f"{skip}: {reason}" if reason else str(skip))
    elif step.result.verdict is Verdict.FAILED:  # without an error to show
        ET.SubElement(case, "failure", message=reason or "failed", type="failed").text = reason
    return case


def _failed(step: StepResult, finding: Finding, seen: Counter[str]) -> ET.Element:
    # readers tell cases apart by class and name: of two that are called the same they would keep one
    name = _clean(f"{finding.code} {finding.subject}")
    seen[name] += 1
    name = f"{name} ({seen[name]})" if seen[name] > 1 else name
    case = ET.Element("testcase", classname=_clean(f"maxctl.{step.stage}"), name=name)
    if finding.place and not finding.place.path.startswith(("https://", "http://")):
        case.set("file", _clean(finding.place.path))
        if finding.place.line is not None:
            case.set("line", str(finding.place.line))
    failure = ET.SubElement(case, "failure", message=_clean(finding.message), type=_clean(finding.code))
    failure.text = _clean(_line(finding))
    return case


def _kept(step: StepResult) -> bool:
    """Tell whether something kept the step from giving a result."""
    return step.action in ("broke", "blocked")


def _findings(step: StepResult) -> tuple[Finding, ...]:
    return step.result.findings if step.result else ()


def _line(finding: Finding) -> str:
    at = f" at {finding.place}" if finding.place else ""
    return f"{finding.severity} {finding.code} {finding.subject}{at}: {finding.message}\n  mend: {finding.remedy}"


def _clean(text: str) -> str:
    """Return the text with U+FFFD for what no XML file may hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def _sum(suites: list[ET.Element], name: str) -> str:
    return str(sum(int(suite.get(name, "0")) for suite in suites))
