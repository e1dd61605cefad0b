"""The page for the reviewer, in Markdown: what is to be judged, on what it rests, and how to approve."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from maxctl.core.facts.regress import RegressFacts
from maxctl.core.facts.review import ReviewFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.findings import Severity
from maxctl.core.manifest import Result
from maxctl.core.quoting import shown
from maxctl.core.stage import ModelView
from maxctl.release.approval import NAMESPACE


def render(model: ModelView, steps: tuple[str, ...], facts: ReviewFacts) -> str:
    """Return the page; the same bytes for the same project. Texts of the project stay texts in it."""
    spec = model.spec
    results: dict[str, Result] = {step: model.result(step) for step in steps}
    about = (
        ("model", f"{spec.name} ({spec.id}) {spec.version}"),
        ("what it is", spec.description),
        ("from", spec.source),
        ("license of the service", spec.license),
    )
    parts = [
        f"# Review of {_text(spec.id)} {_text(spec.version)}",
        _table(("", ""), about),
        *_licenses(model),
        "## What each step found",
        _table(
            ("step", "verdict", "errors", "warnings", "notes"), (_step(*item) for item in results.items())
        ),
        *_regress(model, results),
    ]
    if facts.not_applicable:
        parts += [
            "## Steps that had nothing to do",
            "\n".join(f"- {_text(one)}" for one in facts.not_applicable),
        ]
    asked = (
        (d.role, f"{d.given} of {d.approvals}", f"{d.given_independent} of {d.independent}", d.why)
        for d in facts.demands
    )
    parts += ["## Approvals asked for", _table(("role", "given", "not by authors", "why"), asked)]
    if facts.approvals:
        rows = ((a.role, a.name, a.state, a.reason or a.comment) for a in facts.approvals)
        parts += ["## Approvals", _table(("role", "by", "state", ""), rows)]
    roles = "\n".join(f"maxctl approve {demand.role} --as REVIEWER" for demand in facts.demands)
    parts += [
        "## How to approve",
        f"```sh\n{roles}\n```",
        "`--reject --comment TEXT` says no. An approval is bound to every part below and void when one changes.",
        "Without maxctl, `ssh-keygen` checks one; `allowed_signers` holds the lines `ID KEY` of model.yaml:",
        f"```sh\nssh-keygen -Y verify -f allowed_signers -I ID -n {NAMESPACE} \\\n"
        "  -s approvals/ROLE-ID.json.sig < approvals/ROLE-ID.json\n```",
        "## What is approved",
        _table(("part", "digest"), facts.subject.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _licenses(model: ModelView) -> list[str]:
    if model.was_skipped("scan-license"):
        return []
    facts = model.facts("scan-license", ScanLicenseFacts)
    rows = (
        (
            slot.value,
            "–" if found.empty else found.verdict,
            "nothing to judge" if found.empty else found.concluded or "not stated",
            "; ".join(reason.text for reason in found.reasons),
        )
        for slot, found in facts.slots.items()
    )
    title = f"## Licenses for {facts.use_case} use: {facts.verdict}"
    return [title, _table(("slot", "verdict", "license", "why"), rows)]


def _step(step: str, result: Result) -> tuple[str, ...]:
    counts = Counter(finding.severity for finding in result.findings)
    verdict = f"{result.verdict}, {result.skip}" if result.skip else str(result.verdict)
    return (step, verdict, *(str(counts[severity]) for severity in Severity))


def _regress(model: ModelView, results: dict[str, Result]) -> list[str]:
    rows = []
    for step, result in results.items():
        if step.startswith("regress") and result.facts:
            facts = model.facts(step, RegressFacts)
            same, expected = (sum(getattr(c, name) for c in facts.cases) for name in ("same", "expected"))
            good = sum(case.verdict == "passed" for case in facts.cases)
            rows.append((step, f"{good} of {len(facts.cases)}", f"{same} of {expected}"))
    if not rows:
        return []
    return [
        "## Answers against the golden suite",
        _table(("step", "cases the same", "predictions the same"), rows),
    ]


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(columns)
    lines = [heads, ("---",) * len(heads), *(tuple(map(_text, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    """Return foreign text so that it is text in Markdown, too: it must not forge a row or a heading."""
    return re.sub(r"([\\`*_\[\]<>|#&!~])", r"\\\1", shown(text))
