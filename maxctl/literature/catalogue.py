"""A catalogue file as a source of candidates: every figure with its own address and date."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from maxctl.core import yaml
from maxctl.core.errors import InvalidFileError
from maxctl.literature import source as given
from maxctl.policy import spdx

ADDRESS = re.compile(r"^(https?://\S+|(npm|pypi):\S+)$")


class CatalogueError(InvalidFileError):
    """A catalogue is missing or malformed; `problems` lists every fault with its place."""


class _RepeatedError(ValueError):
    def __init__(self, problems: list[tuple[tuple[Any, ...], str]]) -> None:
        super().__init__("; ".join(message for _, message in problems))
        self.problems = problems


def _as_text(value: Any) -> Any:
    """Return a date or a bare year, which YAML reads as such, as the text that stands in the file."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Day = Annotated[
    str,
    BeforeValidator(_as_text),
    StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"),
]
Address = Annotated[str, StringConstraints(pattern=ADDRESS.pattern)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Sourced(_Section):
    date: Day
    evidence: given.Evidence = "read"
    note: Text | None = None


class FigureEntry(_Sourced):
    """A figure; where it is null, `why` says so."""

    value: Amount | None
    source: Text | None = None
    why: Text | None = None

    @model_validator(mode="after")
    def _stands_somewhere(self) -> FigureEntry:
        if self.value is None and self.why is None:
            raise ValueError("a figure that is null needs `why`: where it was looked for")
        if self.value is not None and self.source is None:
            raise ValueError("a figure needs its `source`")
        if self.source is not None and self.evidence == "read" and not ADDRESS.match(self.source):
            raise ValueError(
                "a source that was read is https://…, npm:… or pypi:…; else say `evidence: known`"
            )
        return self

    def figure(self) -> given.Figure:
        """Return the figure as the ranking takes it."""
        return given.Figure(self.value, self.date, self.source, self.evidence, self.why, self.note)


class QualityEntry(FigureEntry):
    """The benchmark's figure."""

    set: Text
    input: Text


class GrantEntry(_Sourced):
    """What is stated about a license, and where."""

    expression: Text | None
    source: Address
    commercial: bool | None = None

    @model_validator(mode="after")
    def _readable(self) -> GrantEntry:
        if self.expression is not None:
            try:
                spdx.parse(self.expression)
            except ValueError as fault:
                raise ValueError(f"`{self.expression}` is no SPDX expression: {fault}") from None
        return self

    def grant(self) -> given.Grant:
        """Return the grant as the ranking takes it."""
        return given.Grant(self.expression, self.source, self.date, self.evidence, self.commercial, self.note)


class PaperEntry(_Section):
    """The paper that a model comes from."""

    title: Text
    year: Annotated[int, Field(ge=1950, le=2100)]
    id: Annotated[str, StringConstraints(pattern=r"^(arXiv:\d{4}\.\d{4,5}|doi:10\.\S+)$")]


class PlaceEntry(_Section):
    """A place that has the weights."""

    address: Address
    host: given.Host
    date: Day


class StatementEntry(_Sourced):
    """A remark in words, such as how fast it runs on a CPU."""

    text: Text
    source: Text


class CandidateEntry(_Section):
    """A candidate, as it stands in the file."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    name: Text
    paper: PaperEntry | None
    repository: Address
    framework: Text
    formats: Annotated[tuple[Text, ...], Field(min_length=1)]
    cpu: StatementEntry
    weights: tuple[PlaceEntry, ...]
    gated: bool = False
    code_license: GrantEntry
    weights_license: GrantEntry
    quality: QualityEntry
    citations: FigureEntry
    stars: FigureEntry
    bytes: FigureEntry
    parameters: FigureEntry

    def candidate(self) -> given.Candidate:
        """Return the candidate as the ranking takes it."""
        return given.Candidate(
            id=self.id,
            name=self.name,
            repository=self.repository,
            framework=self.framework,
            formats=self.formats,
            gated=self.gated,
            cpu=given.Statement(**self.cpu.model_dump()),
            paper=given.Paper(**self.paper.model_dump()) if self.paper else None,
            weights=tuple(given.Place(**place.model_dump()) for place in self.weights),
            code_license=self.code_license.grant(),
            weights_license=self.weights_license.grant(),
            quality=given.Quality(self.quality.figure(), self.quality.set, self.quality.input),
            citations=self.citations.figure(),
            stars=self.stars.figure(),
            bytes=self.bytes.figure(),
            parameters=self.parameters.figure(),
        )


class BenchmarkEntry(_Section):
    """What quality is measured by."""

    name: Text
    worst: Annotated[float, Field(allow_inf_nan=False)]
    best: Annotated[float, Field(allow_inf_nan=False)]

    @model_validator(mode="after")
    def _apart(self) -> BenchmarkEntry:
        if self.worst == self.best:
            raise ValueError("worst and best must differ")
        return self


class CatalogueFile(_Section):
    """A catalogue of candidates for one task."""

    schema_version: Literal[1]
    task: Text
    benchmark: BenchmarkEntry
    candidates: Annotated[tuple[CandidateEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> CatalogueFile:
        ids = [entry.id for entry in self.candidates]
        twice = [index for index, name in enumerate(ids) if name in ids[:index]]
        if twice:
            raise _RepeatedError(
                [
                    (("candidates", index, "id"), f"`{ids[index]}` stands there more than once; rename one")
                    for index in twice
                ]
            )
        return self


class Catalogue:
    """A catalogue file, read and checked; raises `CatalogueError` with every fault."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        file = yaml.read(path, CatalogueFile, CatalogueError, name)
        self.name = name or path.name
        self.task = file.task
        self.benchmark = given.Benchmark(file.benchmark.name, file.benchmark.worst, file.benchmark.best)
        self._candidates = tuple(entry.candidate() for entry in file.candidates)

    def candidates(self) -> tuple[given.Candidate, ...]:
        """Return the candidates in the order of the file."""
        return self._candidates
