"""From facts to a draft: every guess, in the order in which one leads to the next."""

from __future__ import annotations

from dataclasses import replace

from maxctl.core.spec import DECLARED
from maxctl.runtimes.draft import kind, labels, tensors
from maxctl.runtimes.draft.checked import fitting
from maxctl.runtimes.draft.engine import engine
from maxctl.runtimes.draft.facts import Facts
from maxctl.runtimes.draft.guess import Draft, Guess
from maxctl.runtimes.draft.kind import Entry
from maxctl.runtimes.draft.picture import picture_steps
from maxctl.runtimes.draft.sound import sound_steps
from maxctl.runtimes.draft.table import table_steps
from maxctl.runtimes.draft.task import task
from maxctl.runtimes.draft.text import text_steps


def drafted(facts: Facts) -> Draft:
    """Return the draft of a model. Reads nothing: the same facts give the same draft."""
    chosen = engine(facts)
    cut = facts.format in DECLARED
    origin: dict[str, str] = {}
    if cut:
        facts, origin = tensors.renamed(facts)
    entry = kind.entry(facts)
    what, answer = task(facts, entry)
    name = str(what.value) if what else None
    before = _before(facts, entry, name or "")
    before, after, notes = fitting(name, before, answer.steps)
    answer = replace(answer, steps=after)
    names: dict[str, str] = {}
    if cut:
        answer, names = tensors.by_role(answer)
    rows, unfit = labels.labels(facts, name or "", answer)
    several = len(facts.inputs) > 1 and entry.main is not None and entry.kind.value in ("image", "audio")
    main = entry.main.name if entry.main else ""
    return Draft(
        task=what,
        kind=entry.kind,
        engine=chosen,
        answer=answer,
        tensor=Guess(main, "of several inputs, the one that takes what a request carries", "medium", main)
        if several
        else None,
        preprocess=before,
        constants=entry.constants,
        state=entry.state,
        labels=rows,
        inputs=tensors.declared_inputs(facts, origin, entry.main, str(entry.kind.value), before)
        if cut
        else (),
        outputs=tensors.declared_outputs(facts, origin, names, answer) if cut else (),
        notes=(*notes, *unfit, *_notes(facts, name)),
    )


def _before(facts: Facts, entry: Entry, name: str) -> tuple[Guess, ...]:
    match entry.kind.value:
        case "image":
            return picture_steps(facts, entry.main, name)
        case "audio":
            return sound_steps(facts, entry, name)
        case "text":
            return text_steps(facts)
        case _:
            return table_steps(facts, entry.main)


def _notes(facts: Facts, task_: str | None) -> tuple[str, ...]:
    """Return what a person should know of the model."""
    notes = []
    if facts.metadata.get("custom_operators"):
        notes.append(
            f"operators of no known domain: {facts.metadata['custom_operators']}: no engine has them"
        )
    foreign = sorted(facts.evidence.foreign)
    if foreign:
        notes.append(f"operators of no standard set: {', '.join(foreign[:5])}: few engines have them")
    stated = facts.evidence.documents.get("README.md", {}).get("license")
    if stated:
        notes.append(f"README.md says license: {stated}")
    if task_ == "object-detection" and facts.evidence.cut:
        notes.append(
            "the graph holds its own pre-processing: it is cut behind it, and its constants are declared as steps"
        )
    return tuple(notes)
