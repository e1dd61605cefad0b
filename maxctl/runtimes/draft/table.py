"""The columns of a table that a model takes, and how its rows are answered."""

from __future__ import annotations

import json
from typing import Any

from maxctl.runtimes.draft import classes
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess

_DTYPES = ("float32", "float64", "int64", "int32")
_OWN = (*_DTYPES, "bool", "string")


def table_steps(facts: Facts, tensor: Tensor | None) -> tuple[Guess, ...]:
    """Return `columns`: one for each number of a row, or one for each input."""
    rows = [one for one in facts.inputs if one.dtype in _OWN or one.dtype is None]
    if len(rows) > 1:
        columns = [_own_column(one) for one in rows]
        value = {"step": "columns", "columns": columns, "tensors": "each"}
        return (Guess(value, f"{len(rows)} inputs with one value a row each", "high", rows[0].name),)
    tensor = tensor or (rows[0] if rows else None)
    width = (
        tensor.shape[1]
        if tensor is not None and tensor.shape is not None and len(tensor.shape) == 2
        else None
    )
    names = _names(facts, width)
    sure: Confidence = "low"
    if names:
        reason, sure, source = "feature names in its metadata", "high", "the model's metadata"
    elif width:
        names = [f"column_{number + 1}" for number in range(width)]
        reason, source = (
            f"the input has {width} numbers a row; what they are called, nothing says",
            tensor.name if tensor else "",
        )
    else:
        names, reason, source = (
            ["column_1"],
            "nothing says how many columns a row has, nor what they are called",
            facts.file,
        )
    dtype = tensor.dtype if tensor is not None and tensor.dtype in _DTYPES else "float32"
    value = {"step": "columns", "columns": [{"name": name} for name in names]}
    if dtype != "float32":
        value["dtype"] = dtype
    return (Guess(value, reason, sure, source),)


def _own_column(tensor: Tensor) -> dict[str, Any]:
    kind = {"bool": "bool", "string": "text"}.get(tensor.dtype or "", "number")
    column: dict[str, Any] = {"name": tensor.name, "kind": kind}
    if kind == "number":
        column["dtype"] = tensor.dtype or "float32"
    return column


def _names(facts: Facts, width: int | None) -> list[str]:
    """Return the names of the columns where the metadata has as many."""
    for key in ("feature_names_in_", "feature_names", "columns"):
        text = facts.metadata.get(key, "")
        try:
            names = json.loads(text)
        except ValueError:
            names = [part.strip() for part in text.split(",") if part.strip()]
        if (
            isinstance(names, list)
            and names
            and all(isinstance(name, str) for name in names)
            and width in (None, len(names))
        ):
            return names
    return []


def table_answer(facts: Facts) -> Answer:
    """Return how rows are answered: with a class and its probability, or with a number."""
    labels = next(
        (one for one in facts.outputs if one.is_called(r"\blabels?\b") and len(one.tail()) == 0), None
    )
    probabilities = next((one for one in facts.outputs if one.is_called(r"\bprob\w*\b")), None)
    regressor = any("regressor" in name for name in facts.operators) or any(
        one.is_called(r"\bvariable\b") for one in facts.outputs
    )
    if probabilities is not None and probabilities.dtype not in ("sequence", "map"):
        roles = {
            "scores": Guess(probabilities.name, "a probability for each class", "high", probabilities.name)
        }
        if labels is not None:
            roles["labels"] = Guess(labels.name, "the class that the model decides for", "high", labels.name)
        return Answer(roles=roles, classes=classes.width(probabilities))
    if not facts.outputs:
        return Answer()
    scores = classes.scores(facts)
    one = scores or facts.outputs[0]
    width = classes.width(one)
    if not regressor and width is not None and width > 1 and scores is not None:
        steps = classes.probabilities(facts, scores, pairs=False)
        role = Guess(one.name, f"{width} numbers a row: one for each class", "low", one.name)
        return Answer(roles={"scores": role}, steps=tuple(steps), classes=width)
    why = (
        "a regressor among the operators" if regressor else "one number a row, and nothing that names classes"
    )
    return Answer(roles={"values": Guess(one.name, why, "high" if regressor else "low", one.name)})
