"""Findings as SARIF 2.1.0, for code-scanning pages and editors.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0, and what GitHub's code scanning asks of such files.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import quote

import maxctl
from maxctl.cli.formats import Report, StepResult
from maxctl.core import digest, registry
from maxctl.core.errors import MaxctlError
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.stage import Skip

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "SRCROOT"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
# a finding about no file is about the model: code scanning shows nothing that has no file
SPEC = Place("model.yaml")


def render(report: Report, width: int | None = None) -> str:
    """Return the report as indented JSON with one run; `width` does not matter."""
    rules = _rules(report.steps)
    index = {code: number for number, code in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = [
        _result(step, finding, index, seen)
        for step in report.steps
        if step.result
        for finding in step.result.findings
    ]
    notices = [notice for step in report.steps if (notice := _notice(step))]
    run = {
        "tool": {
            "driver": {
                "name": "maxctl",
                "semanticVersion": maxctl.__version__,
                "rules": [_rule(code) for code in rules.values()],
            }
        },
        "automationDetails": {"id": f"maxctl/{report.title}/", "description": {"text": report.title}},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that holds model.yaml."}}},
        "invocations": [
            {
                "executionSuccessful": not any(notice["level"] == "error" for notice in notices),
                "toolExecutionNotifications": notices,
            }
        ],
        "results": results,
        "columnKind": "unicodeCodePoints",
        **({"properties": report.extra} if report.extra else {}),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rules(steps: tuple[StepResult, ...]) -> dict[str, Code]:
    """Return every code that the stages may find, and those that were found by a stage that is gone."""
    found: dict[str, Code] = {}
    for step in steps:
        try:
            codes = registry.stage(step.stage).codes
        except MaxctlError:  # recorded by a stage that is not installed here
            codes = ()
        found |= {code.code: code for code in codes}
    for step in steps:
        for finding in step.result.findings if step.result else ():
            found.setdefault(finding.code, Code(finding.code, finding.code, f"A code of {step.stage}."))
    return dict(sorted(found.items()))


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "name": "".join(word.capitalize() for word in code.title.split() if word.isalnum()) or code.code,
        "shortDescription": {"text": _sentence(code.title[:1].upper() + code.title[1:])},
        "fullDescription": {"text": _sentence(code.why)},
        "help": {"text": f"{_sentence(code.why)} `maxctl show code {code.code}` explains it."},
    }


def _result(step: StepResult, finding: Finding, index: dict[str, int], seen: Counter[str]) -> dict[str, Any]:
    place = finding.place or SPEC
    elsewhere = place.path.startswith(("https://", "http://"))
    text = f"{_sentence(finding.message)} Mend: {_sentence(finding.remedy)}"
    # what stays when lines move; two of one kind in one file are told apart by their order
    identity = "\n".join((step.step, finding.code, finding.subject, place.path))
    seen[identity] += 1
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": _physical(SPEC if elsewhere else place),
                "logicalLocations": [{"fullyQualifiedName": f"{step.step}/{finding.subject}"}],
            }
        ],
        "partialFingerprints": {
            "maxctl/v1": digest.of_bytes(f"{identity}\n{seen[identity]}".encode()).removeprefix("sha256:")
        },
    }
    if elsewhere:  # an address is no file of the repository, and shown beside it
        result["relatedLocations"] = [
            {"physicalLocation": _physical(place), "message": {"text": "stated here"}}
        ]
    return result


def _physical(place: Place) -> dict[str, Any]:
    if place.path.startswith(("https://", "http://")):
        return {"artifactLocation": {"uri": quote(place.path, safe="%/:=&?~#+!$,;'@()*[]")}}
    # code scanning shows nothing that has no line: what is about a whole file stands at its head
    region = {"startLine": place.line or 1} | ({"startColumn": place.column} if place.column else {})
    return {"artifactLocation": {"uri": quote(place.path), "uriBaseId": ROOT}, "region": region}


def _notice(step: StepResult) -> dict[str, Any] | None:
    """Return what kept a step from giving a result, or None."""
    result = step.result
    if step.action in ("broke", "blocked"):
        level, reason = ("error" if step.action == "broke" else "warning"), step.reason
    elif result is not None and result.skip is Skip.UNAVAILABLE:
        level, reason = "error", result.reason or step.reason
    else:
        return None
    words = step.action if result is None or step.action in ("broke", "blocked") else "unavailable"
    return {"level": level, "message": {"text": _sentence(f"{step.step} {words}: {reason}")}}


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
