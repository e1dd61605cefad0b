"""Facts of `convert`: which engines hold the model, and how close their answers come to the goldens."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table
from maxctl.core.spec import Engine


class CandidateFacts(Facts):
    """One engine's form of the model, compared with the goldens."""

    engine: Engine
    path: str
    sha256: str
    size_bytes: int
    matches: bool
    why: str
    max_score_difference: float | None = None
    min_iou: float | None = None


class ConvertFacts(Facts):
    """The candidates, and the engine that the spec chose."""

    engine: Engine
    candidates: tuple[CandidateFacts, ...]

    def chosen(self) -> CandidateFacts:
        """Return the candidate of the chosen engine."""
        return next(candidate for candidate in self.candidates if candidate.engine == self.engine)

    def tables(self) -> tuple[Table, ...]:
        """Return the candidates as rows."""
        rows = tuple(
            (
                f"{c.engine}{' (chosen)' if c.engine == self.engine else ''}",
                f"{c.size_bytes / 1e6:.1f} MB",
                "yes" if c.matches else "no",
                "–" if c.max_score_difference is None else f"{c.max_score_difference:.6f}",
                "–" if c.min_iou is None else f"{c.min_iou:.4f}",
                c.why,
            )
            for c in self.candidates
        )
        return (
            Table(
                "engines against the goldens",
                ("engine", "size", "matches", "score off by", "IoU from", "why"),
                rows,
            ),
        )
