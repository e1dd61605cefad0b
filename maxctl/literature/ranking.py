"""The ranking: a weighted mean over the known criteria of each candidate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from maxctl.literature.criteria import DEFAULT_WEIGHTS, Part
from maxctl.literature.source import Candidate

DIGITS = 4
FROM_MEMORY = 0.5


class WeightsError(ValueError):
    """Weights that cannot be used; `criterion` is the one that nobody knows, None where all are 0."""

    def __init__(self, message: str, criterion: str | None = None) -> None:
        super().__init__(message)
        self.criterion = criterion


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate with its parts, its score and its confidence, each from 0 to 1."""

    candidate: Candidate
    parts: tuple[Part, ...]
    score: float
    confidence: float

    def part(self, criterion: str) -> Part:
        """Return the part of one criterion."""
        return next(part for part in self.parts if part.criterion == criterion)


def weights_from(overrides: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of all criteria, summing to 1; raises `WeightsError`."""
    for name in overrides:
        if name not in DEFAULT_WEIGHTS:
            raise WeightsError(f"there is no criterion `{name}`", name)
    weights = {name: overrides.get(name, default) for name, default in DEFAULT_WEIGHTS.items()}
    total = math.fsum(weights.values())
    if not 0 < total < math.inf:
        raise WeightsError("the weights of the criteria do not add up to anything above 0")
    return {name: weight / total for name, weight in weights.items()}


def score(parts: Iterable[Part], weights: Mapping[str, float]) -> tuple[float, float]:
    """Return score and confidence, rounded.

    The weight of a missing part is spread over the known ones. Confidence is the share of the weight that
    figures cover; one from memory counts half.
    """
    known = [part for part in parts if part.value is not None]
    covered = math.fsum(weights[part.criterion] for part in known)
    if covered == 0:
        return 0.0, 0.0
    mean = math.fsum(weights[part.criterion] * (part.value or 0.0) for part in known) / covered
    sure = math.fsum(
        weights[part.criterion] * (1 if part.evidence == "read" else FROM_MEMORY) for part in known
    )
    return min(1.0, round(mean, DIGITS)), min(1.0, round(sure / math.fsum(weights.values()), DIGITS))


def rank(
    candidates: Iterable[tuple[Candidate, tuple[Part, ...]]], weights: Mapping[str, float]
) -> tuple[Standing, ...]:
    """Return the candidates, best first; equal scores are ordered by id."""
    standings = (Standing(candidate, parts, *score(parts, weights)) for candidate, parts in candidates)
    return tuple(sorted(standings, key=place))


def place(standing: Standing) -> tuple[float, str]:
    """Return the key that the ranking is sorted by."""
    return -standing.score, standing.candidate.id
