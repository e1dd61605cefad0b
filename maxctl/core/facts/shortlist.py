"""What shortlist tells: who was ranked and why, who was left out, and which candidate a person chose."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from maxctl.core.facts import Facts, Table

SHORT = {"availability": "avail.", "openness": "open", "adoption": "stars", "scholarly": "cited"}
"""Heads of columns where the criterion's own name would not fit a terminal."""


class _Told(BaseModel):
    # built at first use: importing the stage, as `maxctl shortlist --help` does, stays cheap
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PartFact(_Told):
    """One criterion of one candidate: its value from 0 to 1 (None where unknown), its figure and date."""

    criterion: str
    value: float | None
    raw: str
    date: str


class Ranked(_Told):
    """A candidate with rank, score and confidence: the share of the weight that its figures cover. Both 0 to 1."""

    id: str
    name: str
    rank: int
    score: float
    confidence: float
    parts: tuple[PartFact, ...]
    why: str
    change: str


class LeftOut(_Told):
    """A candidate that a hard filter left out, and why."""

    id: str
    name: str
    reasons: tuple[str, ...]
    change: str


class ChoiceFact(_Told):
    """What a person chose: the candidate, its rank (None if it was not ranked), and who answers for it."""

    candidate: str
    rank: int | None
    reason: str
    by: str
    date: str


class ShortlistFacts(Facts):
    """The ranking of a catalogue; weights sum to 1."""

    model_config = ConfigDict(defer_build=True)

    catalogue: str
    benchmark: str
    use_case: str
    weights: dict[str, float]
    ranking: tuple[Ranked, ...]
    left_out: tuple[LeftOut, ...]
    choice: ChoiceFact | None

    def tables(self) -> tuple[Table, ...]:
        """Return the ranking (`*` marks the choice) and who was left out, at most 100 columns wide."""
        chosen = self.choice.candidate if self.choice else None
        shown = tuple(self.weights)
        ranking = Table(
            f"{self.benchmark}, {self.use_case} use" + (" (* chosen)" if chosen else ""),
            ("rank", "candidate", "score", "known", *(SHORT.get(name, name) for name in shown)),
            tuple(
                (
                    f"{row.rank}{'*' if row.id == chosen else ''}",
                    row.id,
                    f"{row.score:.3f}",
                    f"{row.confidence:.0%}",
                    *(_cell(row, criterion) for criterion in shown),
                )
                for row in self.ranking
            ),
        )
        if not self.left_out:
            return (ranking,)
        return (
            ranking,
            Table(
                "left out",
                ("candidate", "why"),
                tuple((row.id, "; ".join(row.reasons)) for row in self.left_out),
            ),
        )


def _cell(row: Ranked, criterion: str) -> str:
    value = next((part.value for part in row.parts if part.criterion == criterion), None)
    return "?" if value is None else f"{value:.2f}"
