"""Candidates and catalogues, as small as a test needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from maxctl.literature.admission import Licenses, load_policy
from maxctl.literature.source import (
    Benchmark,
    Candidate,
    Figure,
    Grant,
    Host,
    Paper,
    Place,
    Quality,
    Statement,
)

DAY = "2026-01-02"
SOURCE = "https://example.org/page"
BENCHMARK = Benchmark("AP", 0, 60)


def figure(value: float | None, **more: Any) -> Figure:
    return Figure(value, DAY, SOURCE, why=None if value is not None else "not found", **more)


def grant(expression: str | None = "MIT", **more: Any) -> Grant:
    return Grant(expression, SOURCE, DAY, **more)


def candidate(
    key: str = "one",
    *,
    ap: float | None = 30,
    stars: float | None = 1000,
    citations: float | None = 100,
    size: float | None = 10e6,
    parameters: float | None = None,
    host: Host | None = Host.STABLE,
    **more: Any,
) -> Candidate:
    fields: dict[str, Any] = {
        "id": key,
        "name": key.upper(),
        "repository": SOURCE,
        "framework": "any",
        "formats": ("any",),
        "cpu": Statement("yes", SOURCE, DAY),
        "paper": Paper("A paper", 2020, "arXiv:2001.00001"),
        "weights": () if host is None else (Place(SOURCE, host, DAY),),
        "gated": False,
        "code_license": grant(),
        "weights_license": grant(),
        "quality": Quality(figure(ap), "val", "300x300"),
        "citations": figure(citations),
        "stars": figure(stars),
        "bytes": figure(size),
        "parameters": figure(parameters),
    }
    return Candidate(**{**fields, **more})


@cache
def licenses(use_case: str = "commercial") -> Licenses:
    return Licenses(load_policy(), use_case)


@dataclass(frozen=True)
class Known:
    """A source that knows the candidates it was given."""

    given: tuple[Candidate, ...]
    name: str = "known"
    benchmark: Benchmark = BENCHMARK

    def candidates(self) -> tuple[Candidate, ...]:
        return self.given


ENTRY = """\
  - id: {id}
    name: A model
    paper: {{title: A paper, year: 2020, id: "arXiv:2001.00001"}}
    repository: https://example.org/code
    framework: any
    formats: [any]
    cpu: {{text: "yes", source: "https://example.org", date: 2026-01-02}}
    weights: [{{address: "npm:model@1.0.0", host: registry, date: 2026-01-02}}]
    code_license: {{expression: {license}, source: "https://example.org", date: 2026-01-02}}
    weights_license: {{expression: null, source: "https://example.org", date: 2026-01-02}}
    quality: {{value: {ap}, set: val, input: 300x300, source: "https://example.org", date: 2026-01-02}}
    citations: {{value: 100, source: "https://example.org", date: 2026}}
    stars: {{value: null, why: not found, date: 2026-01}}
    bytes: {{value: 1000000, source: "https://example.org", date: 2026-01-02}}
    parameters: {{value: null, why: not found, date: 2026-01-02}}
"""


def entry(name: str = "one", license: str = "MIT", ap: float = 30) -> str:
    return ENTRY.format(id=name, license=license, ap=ap)


def catalogue(*entries: str) -> str:
    head = "schema_version: 1\ntask: detection\nbenchmark: {name: AP, worst: 0, best: 60}\ncandidates:\n"
    return head + "".join(entries or (entry(),))
