"""Findings as Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from maxctl.cli.formats import Report, StepResult
from maxctl.core.findings import Finding, Severity

MARKS = {"passed": "✅", "failed": "❌", "skipped": "➖", "broke": "💥", "blocked": "⛔"}
SEVERITIES = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "note"}
OPEN_UP_TO = 10  # more findings than these are folded
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")  # what formats in the middle of a line


def render(report: Report, width: int | None = None) -> str:
    """Return the report; `width` does not matter. Nothing that a finding says can format or mention."""
    parts = [f"### maxctl {plain(report.title)}", _overview(report.steps)]
    if report.extra:
        parts.append(table(("what", "value"), [(key, str(value)) for key, value in report.extra.items()]))
    for step in report.steps:
        if report.detailed and step.facts:
            parts += [
                f"**{plain(facts.title)}**\n\n{table(facts.columns, facts.rows)}"
                for facts in step.facts.tables()
            ]
        parts += _findings(step)
    return "\n\n".join(parts) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; every cell is plain text."""
    lines = [columns, ["---"] * len(columns), *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return Markdown that shows the text as it is, on one line, and mentions nobody."""
    text = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def _overview(steps: Sequence[StepResult]) -> str:
    rows = []
    for step in steps:
        word = str(step.result.verdict) if step.result else step.action
        skip = f", {step.result.skip}" if step.result and step.result.skip else ""
        mark = MARKS.get(word if step.action not in ("broke", "blocked") else step.action, "")
        reason = step.reason or (step.result.reason if step.result else None) or _counted(step)
        rows.append((step.step, f"{mark} {word}{skip}".strip(), reason))
    return table(("step", "verdict", "what to look at"), rows)


def _counted(step: StepResult) -> str:
    findings = step.result.findings if step.result else ()
    counts = [(name, sum(one.severity is name for one in findings)) for name in Severity]
    return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts if count)


def _findings(step: StepResult) -> list[str]:
    findings = step.result.findings if step.result else ()
    if not findings:
        return []
    lines = "\n".join(_finding(one) for one in findings)
    title = f"{plain(step.step)}: {_counted(step)}"
    if len(findings) <= OPEN_UP_TO:
        return [f"**{title}**\n\n{lines}"]
    return [f"<details>\n<summary>{title}</summary>\n\n{lines}\n\n</details>"]


def _finding(finding: Finding) -> str:
    at = f" at {_code(str(finding.place))}" if finding.place else ""
    return (
        f"- {SEVERITIES[finding.severity]} **{plain(finding.code)}** {_code(finding.subject)}{at}: "
        f"{plain(finding.message)}\n  _Mend:_ {plain(finding.remedy)}"
    )


def _code(text: str) -> str:
    """Return a code span that holds the text, whatever backticks are in it."""
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
