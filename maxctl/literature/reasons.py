"""Why a candidate stands where it stands, and what would change that: sentences that are computed, hence true."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from maxctl.literature.criteria import Part, of_quality
from maxctl.literature.ranking import Standing, place, score
from maxctl.literature.source import Benchmark

STEPS = 100
TELLING = 0.005


def why(standing: Standing, field: tuple[Standing, ...], weights: Mapping[str, float]) -> str:
    """Return what lifts a candidate above the average of the field, what holds it back, and what is unknown."""
    gains: list[tuple[float, Part]] = []
    for part in standing.parts:
        values = [value for other in field if (value := other.part(part.criterion).value) is not None]
        if part.value is not None and values:
            gains.append((weights[part.criterion] * (part.value - math.fsum(values) / len(values)), part))
    gains.sort(key=lambda gain: (-gain[0], gain[1].criterion))
    told = []
    above = [part for gain, part in gains[:2] if gain > TELLING]
    below = [part for gain, part in gains[:-3:-1] if gain < -TELLING]
    if above:
        told.append(
            "above the average by " + " and ".join(f"{part.criterion} ({part.raw})" for part in above)
        )
    if below:
        told.append("below it by " if above else "below the average by ")
        told[-1] += " and ".join(f"{part.criterion} ({part.raw})" for part in below)
    if not told:
        told.append("average in everything that is known")
    unknown = [
        part.criterion for part in standing.parts if part.value is None and weights[part.criterion] > 0
    ]
    if unknown:
        told.append(f"unknown: {', '.join(unknown)}")
    return "; ".join(told)


def what_would_change(
    standing: Standing,
    field: tuple[Standing, ...],
    weights: Mapping[str, float],
    benchmark: Benchmark,
    nearest: Mapping[str, tuple[str, float]],
) -> str:
    """Return the smallest change of one weight, and of the benchmark's figure, that would change who leads.

    `nearest` are the `turning_points` of the field.
    """
    if standing is field[0]:
        rivals = {name: turn for name, turn in nearest.items() if name != standing.candidate.id}
        if not rivals:
            return "no other weight of a single criterion would put another one first"
        name, (criterion, weight) = min(rivals.items(), key=lambda item: _size(item[1], weights, item[0]))
        return f"{name} would lead if {_counted(criterion, weight, weights)}"
    told = []
    if turn := nearest.get(standing.candidate.id):
        told.append(f"would lead if {_counted(*turn, weights)}")
    needed = figure_to_lead(standing, field, weights, benchmark)
    if needed is not None:
        told.append(f"would lead with {needed:g} {benchmark.name}")
    return (
        "; ".join(told)
        or "neither another weight of a single criterion nor a better benchmark would put it first"
    )


def turning_points(field: tuple[Standing, ...], weights: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Return for each candidate that one changed weight puts first: the criterion, and the nearest such weight.

    Weights from 0 to 1 in steps of 0.01 are tried, the others staying as they are.
    """
    found: dict[str, tuple[str, float]] = {}
    for criterion, weight in weights.items():
        for step in range(STEPS + 1):
            tried = {**weights, criterion: step / STEPS}
            if abs(step / STEPS - weight) < 0.5 / STEPS or not any(tried.values()):
                continue
            leader = min(field, key=lambda other: place(_weighed(other, tried))).candidate.id
            turn = (criterion, step / STEPS)
            if leader not in found or _size(turn, weights) < _size(found[leader], weights):
                found[leader] = turn
    return found


def figure_to_lead(
    standing: Standing, field: tuple[Standing, ...], weights: Mapping[str, float], benchmark: Benchmark
) -> float | None:
    """Return the least change of the benchmark's figure, in steps of about 1 %, that puts a candidate first."""
    rival = min((other for other in field if other is not standing), key=place, default=None)
    if rival is None:
        return None
    span = benchmark.best - benchmark.worst
    step = math.copysign(10 ** math.floor(math.log10(abs(span))) / 100, span)
    measured = standing.candidate.quality.figure.value
    start = benchmark.worst if measured is None else measured
    for count in range(1, math.ceil(abs(span / step)) + 1):
        figure = round(start + count * step, 10)
        if (figure - benchmark.best) * step > 1e-9:
            return None
        if place(_weighed(_measured(standing, of_quality(figure, benchmark)), weights)) < place(rival):
            return figure
    return None


def _measured(standing: Standing, value: float) -> Standing:
    parts = tuple(
        replace(part, value=value) if part.criterion == "quality" else part for part in standing.parts
    )
    return replace(standing, parts=parts)


def _weighed(standing: Standing, weights: Mapping[str, float]) -> Standing:
    value, confidence = score(standing.parts, weights)
    return replace(standing, score=value, confidence=confidence)


def _size(turn: tuple[str, float], weights: Mapping[str, float], name: str = "") -> tuple[float, str, str]:
    criterion, weight = turn
    return round(abs(weight - weights[criterion]), 4), criterion, name


def _counted(criterion: str, weight: float, weights: Mapping[str, float]) -> str:
    return f"{criterion} counted {weight:.2f} instead of {weights[criterion]:.2f}"
