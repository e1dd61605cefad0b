"""Drafted steps against those that there are: what does not fit is left out, and said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from maxctl.runtimes.draft.guess import Guess
from maxctl.serving import tasks
from maxctl.serving.steps import PostprocessStep, PreprocessStep


def fitting(
    task: str | None, before: Iterable[Guess], after: Iterable[Guess]
) -> tuple[tuple[Guess, ...], tuple[Guess, ...], tuple[str, ...]]:
    """Return the steps that exist with these options and fit the task, and notes on the others."""
    notes: list[str] = []
    known = {str(kind.model_fields["step"].default) for kind in tasks.find(task).steps} if task else set()
    kept_before = tuple(one for one in before if _valid(TypeAdapter(PreprocessStep), one, notes))
    kept_after = []
    for one in after:
        if one.value["step"] not in known:
            notes.append(f"step {one.value['step']} is none of task {task}: it was left out ({one.reason})")
        elif _valid(TypeAdapter(PostprocessStep), one, notes):
            kept_after.append(one)
    return kept_before, tuple(kept_after), tuple(notes)


def _valid(adapter: TypeAdapter[Any], guess: Guess, notes: list[str]) -> bool:
    try:
        adapter.validate_python(guess.value)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"][1:]))
        notes.append(f"step {guess.value['step']} was left out: {place}: {fault['msg']} ({guess.reason})")
        return False
    return True
