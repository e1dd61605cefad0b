"""The choice that a person recorded, beside the ranking."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from maxctl.core.facts.shortlist import ChoiceFact, ShortlistFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.spec import Choice

REPORT = "reports/shortlist.md"
SPEC = Place("model.yaml")


def recorded(choice: Choice | None, facts: ShortlistFacts) -> ChoiceFact | None:
    """Return the spec's choice with its rank; None where nothing is chosen."""
    if choice is None:
        return None
    rank = next((row.rank for row in facts.ranking if row.id == choice.candidate), None)
    return ChoiceFact(
        candidate=choice.candidate,
        rank=rank,
        reason=choice.reason,
        by=choice.by,
        date=choice.date.isoformat(),
    )


def judged(choice: Choice | None, facts: ShortlistFacts) -> Iterator[Finding]:
    """Yield what is wrong with the choice, or worth knowing about it."""
    if choice is None:
        first = facts.ranking[0].id if facts.ranking else "ID"
        yield Finding(
            "SHL001",
            Severity.ERROR,
            "choice",
            "no candidate is chosen",
            f"record who chose: `choice: {{candidate: {first}, reason: …, by: NAME <address>, date: …}}` in model.yaml",
            SPEC,
        )
        return
    left_out = next((row for row in facts.left_out if row.id == choice.candidate), None)
    place = next((row for row in facts.ranking if row.id == choice.candidate), None)
    if left_out is not None:
        yield Finding(
            "SHL003",
            Severity.ERROR,
            choice.candidate,
            f"the chosen candidate was left out: {'; '.join(left_out.reasons)}; it {left_out.change}",
            "choose another candidate, or correct licensing.use_case",
            SPEC,
        )
    elif place is None:
        known = [*(row.id for row in facts.ranking), *(row.id for row in facts.left_out)]
        yield Finding(
            "SHL002",
            Severity.ERROR,
            choice.candidate,
            f"the catalogue has no candidate `{choice.candidate}`",
            closest(choice.candidate, known, "the candidates are"),
            SPEC,
        )
    elif place.rank > 1:
        lead = facts.ranking[0]
        yield Finding(
            "SHL004",
            Severity.NOTE,
            choice.candidate,
            f"rank {place.rank} of {len(facts.ranking)} ({place.score:.3f}; {lead.id} leads with {lead.score:.3f});"
            f" chosen by {choice.by}: {' '.join(choice.reason.split())}",
            f"nothing, if the reason convinces; {REPORT} says what would change the ranking",
            SPEC,
        )


def closest(word: str, known: Iterable[str], all_of_them: str) -> str:
    """Return the mend for a word that nobody knows: the one most like it, else all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`?" if close else f"{all_of_them} {', '.join(names)}"
