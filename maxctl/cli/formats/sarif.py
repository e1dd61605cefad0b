"""Findings as SARIF 2.1.0, for code-scanning pages and editors.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0, and what GitHub's code scanning asks of such files.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

import maxctl
from maxctl.cli.formats import Report, StepResult
from maxctl.core import digest, registry
from maxctl.core.errors import MaxctlError
from maxctl.core.findings import Code, Finding, Place, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
ROOT_MEANS = "The project's folder, where model.yaml is; without a project, the folder that was looked at."
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
    title = _text(report.title)
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(code) for code in rules.values()]}},
        "automationDetails": {"id": f"maxctl/{title}/", "description": {"text": title}},
        "originalUriBaseIds": {ROOT: {"description": {"text": ROOT_MEANS}}},
        "invocations": [
            {
                "executionSuccessful": not any(notice["level"] == "error" for notice in notices),
                "toolExecutionNotifications": notices,
            }
        ],
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": {**report.extra, "verdicts": {step.step: _verdict(step) for step in report.steps}},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _driver() -> dict[str, str]:
    """Return the tool, with its home if the installed distribution names one."""
    about = importlib.metadata.metadata("maxctl")
    pages = dict(line.split(", ", 1) for line in about.get_all("Project-URL") or [] if ", " in line)
    home = next((pages[name] for name in ("Homepage", "Documentation", "Repository") if name in pages), None)
    version = maxctl.__version__
    return {
        "name": "maxctl",
        "version": version,
        "semanticVersion": version,
        **({"informationUri": home} if home else {}),
    }


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
    # an address is no file, and code scanning refuses a whole upload for one `https:` location, be it only related
    address = place.path if place.path.startswith(("https://", "http://")) else None
    parts = [_sentence(finding.message)]
    if address:
        parts.append(f"Stated at {address}.")
    if finding.remedy.strip():
        parts.append(f"Mend: {_sentence(finding.remedy)}")
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": LEVELS[finding.severity],
        "message": {"text": _text(" ".join(parts))},
        "locations": [
            {
                "physicalLocation": _physical(SPEC if address else place),
                "logicalLocations": [{"fullyQualifiedName": _text(f"{step.step}/{finding.subject}")}],
            }
        ],
        "partialFingerprints": {"maxctl/v1": _fingerprint(step, finding, place, seen)},
    }
    if address:
        result["properties"] = {"address": quote(address, safe="%/:=&?~#+!$,;'@()*", errors="replace")}
    return result


def _fingerprint(step: StepResult, finding: Finding, place: Place, seen: Counter[str]) -> str:
    """Return what stays when lines move and figures change; two of one kind are told apart by their order."""
    words = re.sub(r"\d+", "0", finding.message)
    identity = "\n".join((step.step, finding.code, finding.subject, place.path, words))
    seen[identity] += 1
    whole = f"{identity}\n{seen[identity]}".encode("utf-8", "surrogatepass")
    return digest.of_bytes(whole).removeprefix("sha256:")


def _physical(place: Place) -> dict[str, Any]:
    # code scanning asks for a line: what is about a whole file stands at its head
    region = {"startLine": place.line or 1} | ({"startColumn": place.column} if place.column else {})
    path = quote(place.path, errors="surrogatepass")  # a file's name need not be UTF-8
    artifact = {"uri": f"file://{path}"} if path.startswith("/") else {"uri": path, "uriBaseId": ROOT}
    return {"artifactLocation": artifact, "region": region}


def _notice(step: StepResult) -> dict[str, Any] | None:
    """Return what kept a step from passing or failing, or None."""
    word = _verdict(step)
    if word in ("passed", "failed"):
        return None
    reason = step.reason or (step.result.reason if step.result else None)
    level = {"broke": "error", "unavailable": "error", "blocked": "warning"}.get(word, "note")
    text = f"{step.step} {word}: {reason}" if reason else f"{step.step} {word}"
    return {"level": level, "message": {"text": _sentence(_text(text))}}


def _verdict(step: StepResult) -> str:
    """Return one word or two: the verdict, why it was skipped, or what kept it from having one."""
    if step.result is None or step.action in ("broke", "blocked"):
        return step.action
    return str(step.result.skip or step.result.verdict)


def _text(text: str) -> str:
    """Return text for a message: no half characters, and no links hidden behind other words."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("](", "] (")


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
