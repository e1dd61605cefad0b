"""The declared tensors of formats that have no signature of their own to go by: names, shapes and meanings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Guess

# what is known of a tensor's axes from its role alone
_SHAPES: Mapping[str, list[int | None]] = {
    "boxes": [1, None, 4], "classes": [1, None], "count": [1], "seg_map": [1, None, None], "values": [None, None],
    "heat_maps": [1, None, None, None], "points": [1, None, None, None], "embedding": [1, None], "labels": [None],
}  # fmt: skip
_MEANINGS = {
    "boxes": "ymin, xmin, ymax, xmax of each candidate in parts of the picture",
    "classes": "the class of each detection",
    "count": "how many detections there are",
    "seg_map": "the class of each pixel",
    "heat_maps": "how likely each point is at each place",
    "embedding": "a vector that stands for the input",
    "values": "the numbers for each row",
    "labels": "the class of each row",
}


def renamed(facts: Facts) -> tuple[Facts, dict[str, str]]:
    """Return the facts with names that a prepared model can have, and the tensor in the graph by each name."""
    taken: dict[str, str] = {}

    def fresh(tensor: Tensor) -> Tensor:
        base = re.sub(r"\W+", "_", re.sub(r":0$", "", tensor.name)).strip("_") or "tensor"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken[name] = tensor.name
        return replace(tensor, name=name)

    inputs = tuple(fresh(one) for one in facts.inputs)
    outputs = tuple(fresh(one) for one in facts.outputs)
    return replace(facts, inputs=inputs, outputs=outputs), taken


def by_role(answer: Answer) -> tuple[Answer, dict[str, str]]:
    """Return the answer with each output called by its role, and the old name by each new one."""
    names = {role: str(guess.value) for role, guess in answer.roles.items()}
    roles = {
        role: Guess(role, guess.reason, guess.confidence, guess.source)
        for role, guess in answer.roles.items()
    }
    return replace(answer, roles=roles), names


def declared_inputs(
    facts: Facts, origin: Mapping[str, str], main: Tensor | None, kind: str, steps: tuple[Guess, ...]
) -> tuple[Guess, ...]:
    """Return the inputs; the one that takes the request has the name of its kind."""
    cut = facts.evidence.cut
    if cut:
        value = _value(
            "image", cut["input"]["tensor"], "float32", cut["input"]["shape"], _picture_meaning(steps)
        )
        why = "the graph's pre-processing ends here; the loop before it runs in no engine but TensorFlow"
        return (Guess(value, why, "high", cut["input"]["tensor"]),)
    found = []
    for one in facts.inputs:
        is_main = one is main or len(facts.inputs) == 1
        meaning = _picture_meaning(steps) if is_main and kind == "image" else None
        value = _value(kind if is_main else one.name, origin[one.name], one.dtype, one.shape, meaning)
        found.append(
            Guess(
                value,
                _source(one),
                "high" if one.shape is not None and one.dtype else "low",
                origin[one.name],
            )
        )
    return tuple(found)


def declared_outputs(
    facts: Facts, origin: Mapping[str, str], names: Mapping[str, str], answer: Answer
) -> tuple[Guess, ...]:
    """Return the outputs that have a role, or all of them where a hook reads them."""
    cut = facts.evidence.cut
    if cut:
        return tuple(
            Guess(
                _value(role, cut[role]["tensor"], "float32", cut[role]["shape"], _meaning(role, answer)),
                f"the graph's own post-processing gives {role} here",
                "high",
                cut[role]["tensor"],
            )
            for role in ("boxes", "scores")
        )
    found = []
    for one in facts.outputs:
        role = next((role for role, name in names.items() if name == one.name), None)
        if role is None and names and not answer.hook:
            continue
        shape = list(one.shape) if one.shape is not None else _SHAPES.get(role or "")
        if role == "scores" and shape is None:
            shape = [1, None, None] if "boxes" in names else [1, answer.classes]
        dtype = one.dtype or ("int64" if role == "seg_map" else "float32")
        value = _value(role or one.name, origin[one.name], dtype, shape, _meaning(role or "", answer))
        known = one.shape is not None
        why = _source(one) if known else f"the file does not say the shape; that of {role or 'it'} is a guess"
        found.append(Guess(value, why, "high" if known else "low", origin[one.name]))
    return tuple(found)


def _source(tensor: Tensor) -> str:
    return "as the file says" if tensor.shape is not None else "the file does not say its shape"


def _value(name: str, tensor: str, dtype: str | None, shape: Any, meaning: str | None) -> dict[str, Any]:
    listed = None if shape is None else list(shape)
    return {"name": name, "tensor": tensor, "dtype": dtype, "shape": listed, "meaning": meaning}


def _meaning(role: str, answer: Answer) -> str | None:
    if role == "scores":
        classes = f"each of {answer.classes} classes" if answer.classes else "each class"
        first = f"; the first is id {answer.first_id}" if answer.classes else ""
        return f"the score of {classes}{first}"
    return _MEANINGS.get(role)


def _picture_meaning(steps: tuple[Guess, ...]) -> str:
    """Return in words what the steps make of a picture."""
    size, values, colors = "", "values from 0 to 255", "RGB"
    for step in (guess.value for guess in steps):
        if step["step"] in ("resize", "letterbox", "crop") and "width" in step:
            size = f", {step['width']} by {step['height']} pixels"
        elif step["step"] == "resize_side":
            size = f", its {step['side']} side {step['length']} pixels"
        elif step["step"] == "scale":
            low, high = step.get("add", 0.0), 255 * step.get("multiply", 1.0) + step.get("add", 0.0)
            values = f"values from {low:.4g} to {high:.4g}"
        elif step["step"] == "normalize":
            values = "values less their mean, divided by their deviation"
        elif step["step"] == "grayscale":
            colors = "grey"
        elif step["step"] == "color_order":
            colors = "BGR"
    return f"one {colors} picture, rows from the top{size}, {values}"
