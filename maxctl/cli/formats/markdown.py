"""Findings as Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from maxctl.cli.formats import Report, StepResult
from maxctl.core.findings import Finding, Place, Severity

MARKS = {"passed": "✅", "failed": "❌", "skipped": "➖", "broke": "💥", "blocked": "⛔"}
SEVERITIES = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "note"}
OPEN_UP_TO = 10  # more findings, or rows of facts, are folded
_SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")  # what formats in the middle of a line
_WORD = (
    r"[^\s\x00-\x1f\x7f<>|\"'`\\\[\]()]"  # of an address; sentences and brackets around it are not its own
)
_ADDRESS = re.compile(rf"(https?://(?:{_WORD}|\({_WORD}*\))*(?:(?![.,:;!?]){_WORD}|\({_WORD}*\)))")


def render(report: Report, width: int | None = None) -> str:
    """Return the report; `width` does not matter. Nothing that a finding says can format or mention."""
    parts = [f"### maxctl {plain(report.title)}", _overview(report.steps)]
    if report.extra:
        parts.append(table(("what", "value"), [(key, str(value)) for key, value in report.extra.items()]))
    for step in report.steps:
        if report.detailed and step.facts:
            parts += [
                _section(facts.title, table(facts.columns, facts.rows), len(facts.rows))
                for facts in step.facts.tables()
            ]
        parts += _findings(step)
        if report.detailed and step.result and step.result.outputs:
            parts.append("Wrote " + ", ".join(_code(output.path) for output in step.result.outputs) + ".")
    return "\n\n".join(parts) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; every cell is plain text."""
    cells = [[plain(cell) for cell in row] for row in (columns, *rows)]
    lines = [cells[0], ["---"] * len(columns), *cells[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return Markdown that shows the text as it is, on one line, and mentions nobody; addresses are links."""
    parts = _ADDRESS.split(" ".join(text.split()))
    # the odd parts are addresses: written so, no escape gets into their links
    return "".join(
        f"<{part}>" if odd else _html(_SPECIAL.sub(r"\\\1", part))
        for part, odd in zip(parts, itertools.cycle((False, True)), strict=False)
    )


def _html(text: str) -> str:
    """Return HTML that shows the text; code hosts look for mentions after rendering, so entities do not do."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"(@|#(?=\d))", r"\1&#8203;", text)


def _overview(steps: Sequence[StepResult]) -> str:
    rows = []
    for step in steps:
        word = str(step.result.verdict) if step.result else step.action
        skip = f", {step.result.skip}" if step.result and step.result.skip else ""
        mark = MARKS.get(word if step.action not in ("broke", "blocked") else step.action, "")
        reason = step.reason or (step.result.reason if step.result else None) or _counted(step)
        when = " (recorded)" if step.action == "recorded" else ""
        rows.append((step.step, f"{mark} {word}{skip}{when}".strip(), reason))
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
    return [_section(f"{step.step}: {_counted(step)}", lines, len(findings))]


def _section(title: str, body: str, count: int) -> str:
    if count <= OPEN_UP_TO:
        return f"**{plain(title)}**\n\n{body}"
    # the title stands in a line of HTML, where Markdown's escapes would show
    return f"<details>\n<summary>{_html(title)}</summary>\n\n{body}\n\n</details>"


def _finding(finding: Finding) -> str:
    at = f" at {_place(finding.place)}" if finding.place else ""
    # the break is a hard one: job summaries show a soft one as a blank
    return (
        f"- {SEVERITIES[finding.severity]} **{plain(finding.code)}** {_code(finding.subject)}{at}: "
        f"{plain(finding.message)}\\\n  _Mend:_ {plain(finding.remedy)}"
    )


def _place(place: Place) -> str:
    if not place.path.startswith(("https://", "http://")):
        return _code(str(place))
    # `:LINE` would become a part of the link
    return plain(place.path) + (f" line {place.line}" if place.line is not None else "")


def _code(text: str) -> str:
    """Return a code span that holds the text, whatever backticks are in it."""
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
