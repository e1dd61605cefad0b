"""From candidates to the facts of the shortlist: filter, rank, and say why."""

from __future__ import annotations

from collections.abc import Mapping

from maxctl.core.facts.shortlist import LeftOut, PartFact, Ranked, ShortlistFacts
from maxctl.literature import reasons
from maxctl.literature.admission import Licenses, objections, would_admit
from maxctl.literature.criteria import parts
from maxctl.literature.ranking import DIGITS, rank
from maxctl.literature.source import Source


def of(source: Source, weights: Mapping[str, float], licenses: Licenses) -> ShortlistFacts:
    """Return the ranking of a source's candidates, without a choice."""
    candidates = sorted(source.candidates(), key=lambda candidate: candidate.id)
    refused = {candidate.id: objections(candidate, licenses) for candidate in candidates}
    field = rank(
        (
            (candidate, parts(candidate, source.benchmark, licenses))
            for candidate in candidates
            if not refused[candidate.id]
        ),
        weights,
    )
    nearest = reasons.turning_points(field, weights) if field else {}
    ranking = tuple(
        Ranked(
            id=standing.candidate.id,
            name=standing.candidate.name,
            rank=index,
            score=standing.score,
            confidence=standing.confidence,
            parts=tuple(
                PartFact(
                    criterion=part.criterion,
                    raw=part.raw,
                    date=part.date,
                    value=None if part.value is None else round(part.value, DIGITS),
                )
                for part in standing.parts
            ),
            why=reasons.why(standing, field, weights),
            change=reasons.what_would_change(standing, field, weights, source.benchmark, nearest),
        )
        for index, standing in enumerate(field, start=1)
    )
    left_out = tuple(
        LeftOut(
            id=candidate.id,
            name=candidate.name,
            reasons=refused[candidate.id],
            change=would_admit(candidate, licenses),
        )
        for candidate in candidates
        if refused[candidate.id]
    )
    return ShortlistFacts(
        catalogue=source.name,
        benchmark=source.benchmark.name,
        use_case=licenses.use_case,
        weights={name: round(weight, DIGITS) for name, weight in weights.items()},
        ranking=ranking,
        left_out=left_out,
        choice=None,
    )
