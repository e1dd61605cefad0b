"""What a source of candidates gives, whether it reads a file or asks a service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

Evidence = Literal["read", "known"]


class Host(StrEnum):
    """Where weights are kept, the surest first: a registry of fixed bytes, a publisher's host, a shared drive."""

    REGISTRY = "registry"
    STABLE = "stable"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it stands. `value` is None where it was looked for and not found: `why` says so.

    `date` is as of when it holds: YYYY, YYYY-MM or YYYY-MM-DD. `evidence` is `known` where it could not be
    read at an address.
    """

    value: float | None
    date: str
    source: str | None = None
    evidence: Evidence = "read"
    why: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What is stated about a license: an SPDX expression, or None where nothing is stated.

    `commercial` tells what the terms say, for a license that has no SPDX id.
    """

    expression: str | None
    source: str
    date: str
    evidence: Evidence = "read"
    commercial: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper that a model comes from; `id` is `arXiv:…` or `doi:…`."""

    title: str
    year: int
    id: str

    @property
    def address(self) -> str:
        """Where the paper can be read."""
        kind, _, key = self.id.partition(":")
        return f"https://arxiv.org/abs/{key}" if kind == "arXiv" else f"https://doi.org/{key}"


@dataclass(frozen=True, slots=True)
class Quality:
    """The benchmark's figure, and how it was measured: on which set, with which input."""

    figure: Figure
    set: str
    input: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has the weights, as of a date."""

    address: str
    host: Host
    date: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A remark in words, and where it stands."""

    text: str
    source: str
    date: str
    evidence: Evidence = "read"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pre-trained model that could be published."""

    id: str
    name: str
    repository: str
    framework: str
    formats: tuple[str, ...]
    cpu: Statement
    paper: Paper | None
    weights: tuple[Place, ...]
    gated: bool
    code_license: Grant
    weights_license: Grant
    quality: Quality
    citations: Figure
    stars: Figure
    bytes: Figure
    parameters: Figure


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What quality is measured by; `worst` counts 0 and `best` counts 1."""

    name: str
    worst: float
    best: float


class Source(Protocol):
    """Something that knows candidates for one task."""

    @property
    def name(self) -> str:
        """What the source is called, such as a file's path."""

    @property
    def benchmark(self) -> Benchmark:
        """What the quality of its candidates is measured by."""

    def candidates(self) -> tuple[Candidate, ...]:
        """Return all candidates; raises `MaxctlError` where they cannot be had."""
