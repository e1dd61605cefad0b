"""What one file says: statements about licenses, data sets, base models, and that there are weights at all."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from maxctl.core.slot import Slot

NOT_HERE = (
    "only a pointer of Git LFS is here, so that nobody looked at the weights: `git lfs pull` brings them"
)
"""The problem of weights of which only a pointer is there."""


class Kind(StrEnum):
    """What a statement does."""

    GRANT = "grant"
    """It names the license of something here."""
    RESTRICTION = "restriction"
    """It forbids uses (`for research purposes only`), whatever the license says."""
    EXCLUSION = "exclusion"
    """It says that a license does not reach something (`the license does not cover the weights`)."""
    FOREIGN = "foreign"
    """It names the license of what others made and this took something from."""
    ASIDE = "aside"
    """It speaks of the past, of rivals, of a plan, or asks: it decides nothing, nor does what is found there."""


class Role(StrEnum):
    """What a data set is to the model."""

    TRAINING = "training"
    EVALUATION = "evaluation"
    UNCLEAR = "unclear"
    """Named, but neither as what was trained on, nor as what was measured with or compared to."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about a license. No slots: it speaks of whatever the file stands for."""

    kind: Kind
    stated: str
    """The words that name the license, as they stand there."""
    line: int
    text: str
    how: str
    """Where such things are found: `README sentence`, `front matter`, `package.json`, …"""
    confidence: str
    """`high` | `medium` | `low`."""
    slots: tuple[Slot, ...] = ()
    about: str | None = None
    """The one checkpoint or file that it speaks of, by name."""
    expression: str | None = None
    """The SPDX expression that `stated` means, where the place itself tells; else the words are read."""


@dataclass(frozen=True, slots=True)
class DataMention:
    """A data set, named as it stands there; `known` is its id in datasets.yaml."""

    name: str
    known: str | None
    role: Role
    line: int
    text: str
    how: str


@dataclass(frozen=True, slots=True)
class BaseMention:
    """A model that this one was made from, or that the code loads."""

    name: str
    relation: str
    """`finetune`, `adapter`, `quantized`, `merge`, `distilled`, `loads`, or `base`."""
    line: int
    text: str
    how: str
    license: str | None = None
    """The license that is said of it there."""
    known: str | None = None
    """Its id in base_models.yaml, where the text was matched against it."""


@dataclass(frozen=True, slots=True)
class Said:
    """All that one file says; `weights` are lines that speak of trained parameters being somewhere."""

    statements: tuple[Statement, ...] = ()
    data: tuple[DataMention, ...] = ()
    bases: tuple[BaseMention, ...] = ()
    weights: tuple[tuple[int, str], ...] = ()
    prose: bool = False
    """Whether it was read as prose, so that a license found on a line of a statement is that statement's."""
    card: str | None = None
    """`model` or `dataset` where it is the card of a hub's repository."""
    problems: tuple[tuple[int, str], ...] = ()
    examples: tuple[tuple[int, int], ...] = ()
    """First and last lines of fenced blocks."""

    def to_json(self) -> list[Any]:
        """Return it as plain lists; `of_json` reads them."""
        return [
            [astuple(statement) for statement in self.statements],
            [astuple(mention) for mention in self.data],
            [astuple(mention) for mention in self.bases],
            self.weights,
            self.prose,
            self.card,
            self.problems,
            self.examples,
        ]

    @classmethod
    def of_json(cls, told: list[Any]) -> Said:
        """Return what `to_json` wrote."""
        statements, data, bases, weights, prose, card, problems, examples = told
        return cls(
            tuple(map(_statement, statements)),
            tuple(DataMention(name, known, Role(role), *rest) for name, known, role, *rest in data),
            tuple(BaseMention(*one) for one in bases),
            tuple((line, text) for line, text in weights),
            prose,
            card,
            tuple((line, text) for line, text in problems),
            tuple((first, last) for first, last in examples),
        )

    def joined(self, other: Said) -> Said:
        """Return both together."""
        return Said(
            self.statements + other.statements,
            self.data + other.data,
            self.bases + other.bases,
            self.weights + other.weights,
            self.prose or other.prose,
            self.card or other.card,
            self.problems + other.problems,
            self.examples + other.examples,
        )


def _statement(told: list[Any]) -> Statement:
    kind, stated, line, text, how, confidence, slots, about, expression = told
    named = tuple(map(Slot, slots))
    return Statement(Kind(kind), stated, line, text, how, confidence, named, about, expression)
