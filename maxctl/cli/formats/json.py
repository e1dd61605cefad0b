"""Findings as JSON: the same objects that every other format tells."""

from __future__ import annotations

import json

from maxctl.cli.formats import Report, StepResult
from maxctl.core.manifest import finding_to_json

SCHEMA = "maxctl/report/1"


def render(report: Report, width: int | None = None) -> str:
    """Return the report as indented JSON; `width` does not matter."""
    data = {
        "schema": SCHEMA,
        "title": report.title,
        **report.extra,
        "steps": [_step(step) for step in report.steps],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _step(step: StepResult) -> dict[str, object]:
    result = step.result
    data: dict[str, object] = {
        "step": step.step,
        "stage": step.stage,
        "action": step.action,
        "verdict": result.verdict if result else None,
        "skip": result.skip if result else None,
        "reason": step.reason or (result.reason if result else None),
        "seconds": round(step.seconds, 3),
    }
    if result:
        data["findings"] = [finding_to_json(finding) for finding in result.findings]
        data["facts"] = result.facts
        data["outputs"] = [output.model_dump() for output in result.outputs]
        data["valid_until"] = result.valid_until.isoformat() if result.valid_until else None
    return data
