"""How a merge is told: where each step came from and how it stands, or which steps are in conflict."""

from __future__ import annotations

import json

from maxctl.core.freshness import Standing, State
from maxctl.core.merge import Conflict, Joined
from maxctl.core.pipeline import Pipeline

PARTS = {
    "key.spec": "what they read of model.yaml",
    "key.files": "the files they read",
    "key.options": "their options",
    "key.version": "the version of the stage",
    "key.tools": "the version of",
    "key.needs": "the result they hang on of",
    "result.facts": "the fact",
    "result.outputs": "the output",
    "result.findings": "the finding",
}


def _missing(states: dict[str, Standing]) -> list[str]:
    return [step for step, now in states.items() if now.state is State.MISSING]


def as_json(joined: Joined, states: dict[str, Standing]) -> str:
    """Return all that was joined, or the conflicts, as JSON."""
    data = {
        "schema": "maxctl/merge/1",
        "model": joined.manifest.model,
        "written": not joined.conflicts,
        "steps": [
            {
                "step": step,
                "from": list(side.files),
                "instead_of": [file for other in joined.dropped[step] for file in other.files],
                "verdict": str(side.record.result.verdict),
                "state": str(states[step].state),
                "reason": states[step].reason,
            }
            for step, side in joined.chosen.items()
        ],
        "missing": _missing(states),
        "conflicts": [
            {
                "step": conflict.step,
                "fresh": conflict.fresh,
                "waits_for": list(conflict.waits_for),
                "differs": [{"part": found.part, "what": found.what} for found in conflict.differs],
                "sides": [
                    {
                        "from": list(side.files),
                        "verdict": str(side.record.result.verdict),
                        "key": side.record.key.digest,
                        "result": side.record.result.digest(),
                    }
                    for side in conflict.sides
                ],
            }
            for conflict in joined.conflicts
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def as_table(joined: Joined, states: dict[str, Standing], plan: Pipeline) -> str:
    """Return where each step came from and how it stands here, with the next command."""
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("step", "from", "state"):
        table.add_column(name, no_wrap=name != "from")
    table.add_column("why")
    for step, side in joined.chosen.items():
        now = states[step]
        others = [file for other in joined.dropped[step] for file in other.files]
        why = [now.reason] if now.reason else []
        why += [f"not that of {', '.join(others)}, which no longer holds"] if others else []
        more = f" and {len(side.files) - 1} more" if len(side.files) > 1 else ""
        table.add_row(
            step,
            Text(f"{side.files[0]}{more}"),
            Text(str(now.state), "green" if now.fresh else "yellow"),
            Text("; ".join(why)),
        )
    if joined.chosen:
        out.print(table)
        out.print()
    out.print(Text("\n".join(_closing(joined, states, plan))), soft_wrap=True)
    return text_of(out)


def _closing(joined: Joined, states: dict[str, Standing], plan: Pipeline) -> list[str]:
    loose = [step for step in joined.chosen if states[step].state not in (State.FRESH, State.LEFT_OUT)]
    run = "maxctl run" if plan.name == "lifecycle" else f"maxctl run {plan.name}"
    count = len(joined.chosen)
    lines = [f"{joined.manifest.model}: {count} {'step' if count == 1 else 'steps'}"]
    lines[0] += (
        f", {len(loose)} of them do not hold here; `{run}` makes them anew" if loose else ", all of them hold"
    )
    if any(states[step].state is State.CHANGED for step in loose):
        lines.append("outputs that are gone or changed may be another job's: unpack its artifacts here first")
    missing = _missing(states)
    if missing:
        lines.append(f"in no manifest: {', '.join(missing)}; `{run}` makes them")
    return lines


def as_conflicts(joined: Joined, plan: Pipeline) -> str:
    """Return each conflict with its manifests, what differs, and the mend."""
    lines: list[str] = []
    conflicts = joined.conflicts
    for conflict in conflicts:
        kind = (
            "different results that hold" if conflict.fresh else "different results, of which none holds yet"
        )
        lines.append(f"{conflict.step}: {len(conflict.sides)} {kind}")
        for side in conflict.sides:
            result = side.record.result
            lines.append(f"    {result.verdict:<8}  {result.digest()[:19]}…  {', '.join(side.files)}")
        lines += [
            f"  differs: {PARTS.get(found.part, found.part.removeprefix('result.'))} {found.what}".rstrip()
            for found in conflict.differs
        ]
        lines.append(f"  mend: {_mend(conflict, plan)}")
    steps = "1 step is" if len(conflicts) == 1 else f"{len(conflicts)} steps are"
    return "\n".join([*lines, "", f"{steps} in conflict; nothing was written"])


def _mend(conflict: Conflict, plan: Pipeline) -> str:
    step = conflict.step
    known = step in plan.order
    if conflict.fresh:
        again = f"maxctl run {plan.name} --only {step} --force" if known else f"maxctl {step} --force"
        return (
            f"let one job make `{step}` and start the others from its manifest, or leave out the file that is wrong;"
            f" `{again}`, twice, shows whether it gives the same each time"
        )
    waits = f" (it waits for {', '.join(conflict.waits_for)})" if conflict.waits_for else ""
    make = f"maxctl run {plan.name} --until {step}" if known else f"maxctl {step}"
    return f"`{make}` makes it in this project{waits}; then join again"
