"""Which of the lists of labels fits a model's classes, and which id its first class has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from maxctl.runtimes.draft.facts import Facts
from maxctl.runtimes.draft.guess import Answer, Guess

_NOTHING = re.compile(
    r"^(background|__background__|_background_|none|bg|\?\?\?|n/?a|dummy|unlabeled|0)$", re.IGNORECASE
)

Rows = Sequence[Mapping[str, Any]]


def labels(facts: Facts, task: str, answer: Answer) -> tuple[Guess | None, tuple[str, ...]]:
    """Return the rows of labels.json for the model's classes, and what to say of lists that do not fit.

    A list that has one name more or less than there are classes differs by the background: the reason tells how
    ids were given then.
    """
    found: list[Guess] = []
    notes = []
    for one in facts.evidence.labels:
        guess, note = _fitted(one["rows"], str(one["source"]), task, answer)
        if guess:
            found.append(guess)
        if note:
            notes.append(note)
    order = {"high": 0, "medium": 1, "low": 2}
    best = min(found, key=lambda guess: order[guess.confidence], default=None)
    if (
        best is None
        and answer.classes == 2
        and any(step.value["step"] == "two_classes" for step in answer.steps)
    ):
        rows = [{"id": 0, "name": "no"}, {"id": 1, "name": "yes"}]
        best = Guess(
            rows,
            "the model gives one probability: no and yes until a person names them",
            "low",
            "two_classes",
        )
    return best, () if best and best.source != "two_classes" else tuple(notes)


def _fitted(rows: Rows, source: str, task: str, answer: Answer) -> tuple[Guess | None, str]:
    count, wanted = len(rows), answer.classes
    ids = [row["id"] for row in rows]
    nothing = bool(rows) and _NOTHING.match(str(rows[0]["name"])) is not None
    given = ids != list(range(count))
    if wanted is None:
        if nothing and task == "object-detection" and not given:
            # TFLite's lists have a line for the background that the detector's classes do not count
            moved = _moved(rows[1:], answer.first_id)
            return Guess(
                moved,
                f"{source} begins with {rows[0]['name']}, which the model does not count",
                "medium",
                source,
            ), ""
        shown = rows if given else _moved(rows, answer.first_id if task == "object-detection" else 0)
        return Guess(
            list(shown),
            f"{count} names in {source}; the outputs do not say how many classes there are",
            "medium",
            source,
        ), ""
    if given:
        first = answer.first_id
        if ids and first <= min(ids) and max(ids) < first + wanted:
            return Guess(
                list(rows),
                f"{count} names with ids from {min(ids)} to {max(ids)} in {source}, {wanted} classes",
                "high",
                source,
            ), ""
        return (
            None,
            f"{source} has ids from {min(ids)} to {max(ids)}, the model {wanted} classes: it was not taken",
        )
    if count == wanted:
        return Guess(
            _moved(rows, answer.first_id), f"{count} names in {source}, and as many classes", "high", source
        ), ""
    if count == wanted + 1 and nothing:
        moved = _moved(rows[1:], answer.first_id)
        return Guess(
            moved,
            f"{source} has one name more than the model has classes, {rows[0]['name']} first: it is left out",
            "medium",
            source,
        ), ""
    if count == wanted - 1 and task != "tabular":
        moved = [{"id": 0, "name": "background"}, *_moved(rows, 1)]
        return Guess(
            moved,
            f"{source} has one name less than the model has classes: class 0 is the background, all others move by one",
            "medium",
            source,
        ), ""
    return None, f"{source} has {count} names, the model {wanted} classes: it was not taken"


def _moved(rows: Rows, first: int) -> list[dict[str, Any]]:
    return [{"id": first + number, "name": str(row["name"])} for number, row in enumerate(rows)]
