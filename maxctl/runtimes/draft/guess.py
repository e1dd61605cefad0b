"""What a draft is made of: guesses, each with its reason, and the whole of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Confidence = Literal["high", "medium", "low"]
"""high: something states it; medium: names, shapes and operators agree; low: a habit of such models, to be checked."""

_BREAKING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)


def one_line(text: str, most: int = 240) -> str:
    """Return a text that stays in its line of a terminal or of a comment, whoever wrote it."""
    plain = _BREAKING.sub(" ", text).strip()
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Guess:
    """A value for one place of model.yaml, why, how sure that is, and the file or tensor that says it."""

    value: Any
    reason: str
    confidence: Confidence
    source: str

    def at(self, place: str) -> dict[str, Any]:
        """Return the guess as plain data, with its place."""
        return {
            "place": place,
            "value": self.value,
            "reason": one_line(self.reason),
            "confidence": self.confidence,
            "source": one_line(self.source),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task reads a model's outputs: roles, steps, parameters, and what no step can do."""

    roles: Mapping[str, Guess] = field(default_factory=dict)
    steps: tuple[Guess, ...] = ()
    parameters: Mapping[str, Guess] = field(default_factory=dict)
    hook: Guess | None = None
    """Its value is the text of a Python file."""
    response: Mapping[str, Any] | None = None
    """The JSON Schema of the answer, where the task is custom."""
    classes: int | None = None
    """How many classes the outputs tell apart, where their shape says so."""
    first_id: int = 0
    """The id of the first of them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that was guessed of one model."""

    task: Guess | None
    """None where nothing of the model tells it."""
    kind: Guess
    engine: Guess
    answer: Answer
    tensor: Guess | None = None
    """The input that takes what a request carries, where the model has several."""
    preprocess: tuple[Guess, ...] = ()
    constants: Mapping[str, Guess] = field(default_factory=dict)
    state: Mapping[str, Guess] = field(default_factory=dict)
    labels: Guess | None = None
    """Its value is the list of `{"id", "name"}`."""
    inputs: tuple[Guess, ...] = ()
    """The declared tensors, for formats that are cut at them."""
    outputs: tuple[Guess, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know, and no place of model.yaml takes."""

    def listed(self) -> Iterator[dict[str, Any]]:
        """Yield every guess as plain data, in the order of model.yaml."""
        if self.task:
            yield self.task.at("task")
        if self.labels:
            yield self.labels.at("labels")
        for side, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for number, guess in enumerate(tensors):
                yield guess.at(f"preparation.{side}[{number}]")
        yield self.engine.at("inference.engine")
        yield self.kind.at("inference.input.kind")
        if self.tensor:
            yield self.tensor.at("inference.input.tensor")
        for number, guess in enumerate(self.preprocess):
            yield guess.at(f"inference.preprocess[{number}]")
        for name, guess in self.constants.items():
            yield guess.at(f"inference.constants.{name}")
        for name, guess in self.state.items():
            yield guess.at(f"inference.state.{name}")
        for role, guess in self.answer.roles.items():
            yield guess.at(f"inference.outputs.{role}")
        for number, guess in enumerate(self.answer.steps):
            yield guess.at(f"inference.postprocess[{number}]")
        if self.answer.hook:
            yield self.answer.hook.at("inference.hook")
        for name, guess in self.answer.parameters.items():
            yield guess.at(f"inference.parameters.{name}")

    def to_json(self) -> dict[str, Any]:
        """Return the guesses and notes as plain data."""
        return {"guesses": list(self.listed()), "notes": [one_line(note, 400) for note in self.notes]}
