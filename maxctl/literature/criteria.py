"""What counts when candidates are ranked: each criterion as a number from 0 to 1 with the figure behind it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from maxctl.core.slot import Slot
from maxctl.literature.admission import Licenses
from maxctl.literature.source import Benchmark, Candidate, Evidence, Figure, Host
from maxctl.policy.ruling import Ruling

DEFAULT_WEIGHTS = {
    "quality": 0.35,
    "cost": 0.20,
    "availability": 0.15,
    "openness": 0.15,
    "adoption": 0.10,
    "scholarly": 0.05,
}
SCALES = {
    "quality": "the benchmark's figure, from the catalogue's `worst` (0) to its `best` (1)",
    "cost": "bytes of the weights, on a logarithmic scale: 1 MB counts 1, 1 GB counts 0; 4 bytes a parameter where"
    " only these are known",
    "availability": "the surest place that has the weights: a package registry 1, a publisher's host 0.7,"
    " a shared drive 0.3",
    "openness": "half for the license of the code, half for that of the weights: allowed 1, to be reviewed 0.5,"
    " nothing stated 0",
    "adoption": "stars of the code repository, on a logarithmic scale: 100,000 count 1",
    "scholarly": "citations of the paper in a calendar year, on a logarithmic scale: 10,000 count 1",
}
MOST_STARS, MOST_CITATIONS = 100_000, 10_000
SMALLEST, BIGGEST = 1e6, 1e9
BYTES_A_PARAMETER = 4
HOSTS = {Host.REGISTRY: 1.0, Host.STABLE: 0.7, Host.SHARED: 0.3}
OPEN = {Ruling.ALLOW: 1.0, Ruling.REVIEW: 0.5, Ruling.DENY: 0.0, None: 0.0}


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion of one candidate. `value` is None where no figure is known: missing is not zero."""

    criterion: str
    value: float | None
    raw: str
    date: str
    source: str | None
    evidence: Evidence = "read"


def parts(candidate: Candidate, benchmark: Benchmark, licenses: Licenses) -> tuple[Part, ...]:
    """Return all criteria of a candidate, in the order of `DEFAULT_WEIGHTS`."""
    return (
        _quality(candidate, benchmark),
        _cost(candidate),
        _availability(candidate),
        _openness(candidate, licenses),
        _adoption(candidate),
        _scholarly(candidate),
    )


def of_quality(value: float, benchmark: Benchmark) -> float:
    """Return what a benchmark's figure counts; where less is better, `best` is below `worst`."""
    return _clip((value - benchmark.worst) / (benchmark.best - benchmark.worst))


def _quality(candidate: Candidate, benchmark: Benchmark) -> Part:
    measured = candidate.quality

    def told(value: float) -> str:
        return f"{value:g} {benchmark.name} ({measured.set}, input {measured.input})"

    return _part("quality", measured.figure, lambda value: of_quality(value, benchmark), told)


def _cost(candidate: Candidate) -> Part:
    def small(size: float) -> float:
        return _clip(1 - math.log10(max(size, 1) / SMALLEST) / math.log10(BIGGEST / SMALLEST))

    if candidate.bytes.value is None and candidate.parameters.value is not None:
        return _part(
            "cost",
            candidate.parameters,
            lambda count: small(count * BYTES_A_PARAMETER),
            lambda count: (
                f"about {megabytes(count * BYTES_A_PARAMETER)} ({count / 1e6:g} M parameters of 4 bytes)"
            ),
        )
    return _part("cost", candidate.bytes, small, megabytes)


def _availability(candidate: Candidate) -> Part:
    place = max(candidate.weights, key=lambda place: HOSTS[place.host], default=None)
    if place is None:
        return Part("availability", 0.0, "no place has the weights", "", None)
    words = {
        Host.REGISTRY: "in a package registry",
        Host.STABLE: "on the publisher's host",
        Host.SHARED: "on a drive",
    }
    return Part("availability", HOSTS[place.host], words[place.host], place.date, place.address)


def _openness(candidate: Candidate, licenses: Licenses) -> Part:
    code, weights = candidate.code_license, candidate.weights_license
    value = (OPEN[licenses.ruling(code, Slot.CODE)] + OPEN[licenses.ruling(weights, Slot.WEIGHTS)]) / 2
    raw = f"code {code.expression or 'not stated'}, weights {weights.expression or 'not stated'}"
    evidence: Evidence = "known" if "known" in (code.evidence, weights.evidence) else "read"
    return Part("openness", value, raw, min(code.date, weights.date), weights.source, evidence)


def _adoption(candidate: Candidate) -> Part:
    def value(stars: float) -> float:
        return _clip(math.log10(1 + stars) / math.log10(1 + MOST_STARS))

    return _part("adoption", candidate.stars, value, lambda stars: f"{stars:,.0f} stars")


def _scholarly(candidate: Candidate) -> Part:
    figure, paper = candidate.citations, candidate.paper
    years = max(1, int(figure.date[:4]) - paper.year + 1) if paper else 1  # both years count

    def value(citations: float) -> float:
        return _clip(math.log10(1 + citations / years) / math.log10(1 + MOST_CITATIONS))

    return _part(
        "scholarly", figure, value, lambda count: f"{count:,.0f} citations, {count / years:,.0f} a year"
    )


def _part(
    criterion: str, figure: Figure, scale: Callable[[float], float], told: Callable[[float], str]
) -> Part:
    if figure.value is None:
        return Part(criterion, None, f"unknown: {figure.why}", figure.date, figure.source, figure.evidence)
    return Part(
        criterion, scale(figure.value), told(figure.value), figure.date, figure.source, figure.evidence
    )


def megabytes(size: float) -> str:
    """Return a size in MB (10^6 bytes), to three digits."""
    return f"{size / 1e6:.3g} MB" if size < 1e9 else f"{size / 1e6:,.0f} MB"


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))
