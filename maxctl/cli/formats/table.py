"""Findings and facts as tables that fit a terminal."""

from __future__ import annotations

import io
import os
import shutil

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from maxctl.cli.formats import Report, StepResult
from maxctl.core.facts import Table as FactTable
from maxctl.core.findings import Finding, Severity
from maxctl.core.quoting import LINES, shown

COLOURS = {
    "passed": "green",
    "failed": "red",
    "skipped": "yellow",
    "blocked": "yellow",
    "broke": "red",
    "would run": "cyan",
    "left out": "dim",
    "allow": "green",
    "review": "yellow",
    "deny": "red",
}
SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def console(width: int | None) -> Console:
    """Return a console that writes to memory, coloured when standard output is a terminal."""
    import sys

    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Console(
        file=io.StringIO(),
        width=width or min(shutil.get_terminal_size((110, 24)).columns, 140),
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        highlight=False,
    )


def text_of(out: Console) -> str:
    """Return what was printed, without the blanks that pad lines."""
    assert isinstance(out.file, io.StringIO)
    return "\n".join(line.rstrip() for line in out.file.getvalue().splitlines()) + "\n"


def render(report: Report, width: int | None = None) -> str:
    """Return the report as text: details of single steps, else one line per step."""
    out = console(width)
    if report.detailed:
        for step in report.steps:
            _detail(out, step)
    else:
        out.print(_overview(report))
        for step in report.steps:
            if step.action != "recorded" and step.result and step.result.verdict == "failed":
                out.print()
                _detail(out, step)
    return text_of(out)


def verdict_of(step: StepResult) -> Text:
    """Return the verdict of a step in its colour."""
    if step.result is None:
        return Text(step.action, COLOURS.get(step.action, ""))
    word = str(step.result.verdict)
    return Text(f"{word}, {step.result.skip}" if step.result.skip else word, COLOURS[word])


def _overview(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("step", "verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("time", no_wrap=True, justify="right")
    table.add_column("what to look at next")
    for step in report.steps:
        took = "recorded" if step.action == "recorded" else f"{step.seconds:.1f} s" if step.seconds else ""
        table.add_row(escape(step.step), verdict_of(step), took, escape(_next(step)))
    return table


def _next(step: StepResult) -> str:
    result = step.result
    if step.action in ("blocked", "broke", "left out", "would run") or result is None:
        return step.reason
    if result.reason:
        return result.reason
    shown = [output.path for output in result.outputs]
    parts = [path for path in shown if path.startswith("reports/")] or shown[:1]
    for severity in (Severity.ERROR, Severity.WARNING):
        found = [finding for finding in result.findings if finding.severity is severity]
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            parts.append(f"{severity} {found[0].code}: {_short(found[0].message)}{more}")
    return "; ".join(parts)


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _detail(out: Console, step: StepResult) -> None:
    line = Text.assemble((step.step, "bold"), "  ", verdict_of(step))
    if step.action == "recorded":
        line.append("  (from the record)", "dim")
    out.print(line)
    reason = step.reason or (step.result.reason if step.result else None)
    if reason:
        out.print(Padding(Text(shown(reason, keep=LINES)), (0, 0, 0, 2)))
    if step.facts:
        for table in step.facts.tables():
            out.print(Padding(Group(Text(table.title, "bold"), _facts(table)), (1, 0, 0, 2)))
    if step.result:
        for finding in step.result.findings:
            out.print(Padding(_finding(finding), (1, 0, 0, 2)))
        paths = [output.path for output in step.result.outputs]
        if paths:
            out.print(Padding(Text(f"wrote {', '.join(paths)}", "dim"), (1, 0, 0, 2)))


def _facts(facts: FactTable) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="underline",
    )
    for column in facts.columns:
        table.add_column(column, overflow="fold")  # a digest or an address that is cut is no use
    for row in facts.rows:
        table.add_row(*(Text(shown(cell, keep=LINES), COLOURS.get(cell, "")) for cell in row))
    return table


def _finding(finding: Finding) -> Group:
    head = Text.assemble(
        (f"{finding.severity} ", SEVERITIES[finding.severity]),
        (finding.code, "bold"),
        f"  {shown(finding.subject)}",
    )
    if finding.place:
        head.append(f"  {shown(str(finding.place))}", "cyan")
    return Group(
        head,
        Padding(Text(shown(finding.message, keep=LINES)), (0, 0, 0, 4)),
        Padding(Text(f"mend: {finding.remedy}", "dim"), (0, 0, 0, 4)),
    )
