"""`maxctl approve`: sign what was reviewed."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, ProjectOption, build, project_at
from maxctl.cli.console import emit, errors
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import FINDINGS_AT_THE_GATE, SpecError, StageError, UsageError
from maxctl.core.facts.review import ReviewFacts
from maxctl.core.findings import Severity
from maxctl.core.manifest import Manifest
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Silent
from maxctl.core.project import Project

SCHEMA = "maxctl/approve/1"


def command() -> Any:
    """Return the command."""
    return build(approve, "approve")


def approve(
    role: Annotated[str, typer.Argument(help="What is judged: engineering, legal, or a role of the spec.")],
    who: Annotated[str, typer.Option("--as", metavar="REVIEWER", help="Id of the reviewer in model.yaml.")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="Private key, or .pub of a key in the agent. [default: agent, ~/.ssh/id_*]"
        ),
    ] = None,
    comment: Annotated[str, typer.Option("--comment", help="Why, in one line; it is signed, too.")] = "",
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day on which it counts.")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Say no; nobody can outvote it.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; needed where there is no terminal.")
    ] = False,
    project: ProjectOption = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Approve what was recorded, as a file that your SSH key signs; any change of what ships voids it.

    Refused, with exit code 1, while a step that the review rests on does not hold.
    """
    from maxctl.release import approvals_signing as signing

    if key is not None:
        key = key.expanduser().absolute()  # before the project's folder becomes the current
    place = project_at(project)
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    reviewer = signing.reviewer_of(place.spec, who, role)
    word = "reject" if reject else "approve"
    last = expires.date() if expires else None
    decision = signing.checked_decision(place.spec, reviewer, role, word, comment, last, date.today())
    with place.locked():
        recorded = place.manifest()
        plan, step = _review_step(place, recorded)
        _refuse_unfresh(place, plan, step, recorded, format_, output)
        facts = _look(place, plan, step)
        subject = facts.subject
        before = signing.standing_of(facts, role, who)
        told = {
            "schema": SCHEMA,
            "model": place.spec.id,
            "version": place.spec.version,
            **decision.model_dump(include={"role", "reviewer", "decision"}),
        }
        if signing.repeats(facts, decision):
            assert before is not None
            _tell(
                {**told, "changed": False, "path": before.path},
                f"{before.path} says so already, and holds; nothing to do\nnext: maxctl review",
                format_,
                output,
            )
            return
        signer = signing.key_for(reviewer, key)
        _show(place, recorded, facts)
        if before is not None:
            errors.print(f"this replaces {before.path}, which is {before.state}", markup=False)
        _confirm(
            f"{word} {place.spec.id} {place.spec.version} as {role}, in the name of {reviewer.name}?",
            yes,
            terminal,
        )
        signed = signing.give(place.root, reviewer, decision, subject, signer, terminal=terminal)
        after = _look(place, plan, step)
    demands = [demand.model_dump() for demand in after.demands]
    lacking = [
        f"{d.role} {d.given} of {d.approvals}"
        + (f" (not by authors: {d.given_independent} of {d.independent})" if d.independent else "")
        for d in after.demands
    ]
    text = (
        f"{'replaced' if before else 'wrote'} {signed.statement} and {signed.signature}, signed with {signed.key}\n"
        f"given now: {', '.join(lacking)}\nnext: maxctl review"
    )
    _tell(
        {
            **told,
            "changed": True,
            "replaced": before is not None,
            "path": signed.statement,
            "signature": signed.signature,
            "key": signed.key,
            "subject": subject,
            "demands": demands,
        },
        text,
        format_,
        output,
    )


def _review_step(place: Project, recorded: Manifest) -> tuple[Pipeline, Step]:
    """Return the lifecycle with its review, which is put in where the project's own has none."""
    from maxctl.core import pipeline, registry

    plan = pipeline.load("lifecycle", place.root, recorded.steps)
    step = next((step for step in plan.steps if step.id == "review"), None)
    if step is None:
        step = Step("review", registry.stage("review")(), before=plan.order)
        plan = Pipeline(plan.name, plan.description, (*plan.steps, step))
    return plan, step


def _refuse_unfresh(
    place: Project, plan: Pipeline, step: Step, recorded: Manifest, format_: DataFormat, output: Path | None
) -> None:
    """Exit with 1, naming each step that the review rests on and that does not hold; all bytes are read again."""
    from maxctl.core import digest
    from maxctl.core.freshness import Standing, Standings, State

    asked = Standings(place.spec, place.root, digest.of_file)
    for earlier in plan.steps[: plan.order.index(step.id) + 1]:
        asked.of(earlier, recorded)
    missing = Standing(State.MISSING)
    refused = {need: now for need in step.needs if not (now := asked.found.get(need, missing)).fresh}
    if not refused:
        return
    rows = [{"step": need, "state": str(now.state), "reason": now.reason} for need, now in refused.items()]
    lines = [
        f"  {need}: {now.state}" + (f" ({now.reason})" if now.reason else "") for need, now in refused.items()
    ]
    text = "\n".join(
        ["nothing was signed: these steps do not hold", *lines, "next: maxctl run --until review"]
    )
    _tell(
        {"schema": SCHEMA, "model": place.spec.id, "changed": False, "refused": rows}, text, format_, output
    )
    raise typer.Exit(FINDINGS_AT_THE_GATE)


def _look(place: Project, plan: Pipeline, step: Step) -> ReviewFacts:
    """Return what the stage itself sees: what is signed and what is verified are computed by the same code."""
    from maxctl.core.runner import rehearse

    outcome = rehearse(place, plan, step, Silent())
    if not isinstance(outcome.facts, ReviewFacts):
        first = outcome.findings[0]
        raise SpecError(first.message, hint=first.remedy)
    for finding in outcome.findings:
        if finding.code == "REV017" and finding.severity is Severity.ERROR:
            raise StageError(f"nothing was signed: {finding.message}", hint=finding.remedy)
    return outcome.facts


def _show(place: Project, recorded: Manifest, facts: ReviewFacts) -> None:
    """Tell on standard error what is approved, and what who approves must know."""
    from maxctl.core.quoting import shown

    spec = place.spec
    errors.print(f"{shown(spec.name)} ({spec.id}) {spec.version}: {len(facts.subject)} parts", markup=False)
    for name, found in facts.subject.items():
        if "#" not in name:  # sections and results are named by the page; these are the bytes
            errors.print(f"  {name}  {found[:19]}…", markup=False, soft_wrap=True)
    licenses = recorded.steps["scan-license"].result.facts.get("slots", {})
    for slot, judged in licenses.items():
        if not judged.get("empty"):
            line = f"  license of {slot}: {judged.get('verdict')}, {judged.get('concluded') or 'not stated'}"
            errors.print(shown(line), markup=False, soft_wrap=True)
    for text in facts.not_applicable:
        errors.print(f"  not applicable: {shown(text)}", markup=False, soft_wrap=True)
    for name in (f"manifest.yaml#{step}" for step in recorded.steps):
        result = recorded.steps[name.partition("#")[2]].result
        count = sum(finding.severity is not Severity.NOTE for finding in result.findings)
        if name in facts.subject and count:
            errors.print(f"  {name.partition('#')[2]}: {count} findings that did not fail it", markup=False)
    errors.print("  `maxctl review` writes the whole to reports/review.md", markup=False)


def _confirm(question: str, yes: bool, terminal: bool) -> None:
    from maxctl.core.quoting import shown

    if yes:
        return
    if not terminal:
        raise UsageError("there is no terminal to ask on; nothing was signed", hint="look, then add --yes")
    if not typer.confirm(shown(question), err=True):
        errors.print("nothing was signed")
        raise typer.Exit(FINDINGS_AT_THE_GATE)


def _tell(data: dict[str, Any], text: str, format_: DataFormat, output: Path | None) -> None:
    emit(json.dumps(data, indent=2, ensure_ascii=False) if format_ is DataFormat.JSON else text, output)
