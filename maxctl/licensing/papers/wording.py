"""The words of a report: what the keys of an evaluation are called for somebody who does not know maxctl."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maxctl.licensing.papers.places import Document, judged

SLOTS = {
    "code": "Code",
    "weights": "Weights",
    "data": "Training data",
    "scripts": "Scripts",
    "samples": "Samples",
}
VERDICTS = {"allow": "Allowed", "review": "To review", "deny": "Denied"}
HEADLINES = {
    "allow": "{use} is allowed",
    "review": "{use} needs a decision",
    "deny": "{use} is not allowed as it stands",
}
DELIVERIES = {
    "both": "served over a network and handed to others",
    "served": "served over a network",
    "distributed": "handed to others",
}
CONFIDENCE = {
    "high": "what is stated and what the files contain agree",
    "medium": "it rests on one kind of source only",
    "low": "the sources contradict each other, or are incomplete",
    "none": "nothing states a license",
}
KINDS = {
    "attribution": "Give credit",
    "notice": "Keep notices",
    "license-copy": "Give the license text",
    "changes-stated": "State changes",
    "naming": "Name it so",
    "acceptable-use": "Restrictions on use",
    "pass-on": "Pass the terms on",
    "threshold": "Limit of the grant",
    "share-alike": "Same license for changes",
    "source-offer": "Offer the source",
    "outputs": "What it produces",
    "claims": "Two statements",
    "text": "Statement and text",
    "checkpoints": "Two checkpoints",
}
GRAVITY = ("deny", "review", "allow")
ROLES = {"unclear": "use not clear"}


def kind(name: str) -> str:
    """Return what a kind of obligation or conflict is called; one that is not known, by its own name."""
    return KINDS.get(name) or name.replace("-", " ").replace("_", " ").capitalize()


def role(name: str) -> str:
    """Return what a data set was used for."""
    return ROLES.get(name, f"for {name}")


def use(document: Document) -> str:
    """Return what the material was judged for."""
    case, delivery = document["use_case"], document["delivery"]
    told = f"{case} use"
    return f"{told}, {DELIVERIES.get(delivery, delivery)}" if delivery else told


def points(document: Document) -> list[tuple[str, int, dict[str, str]]]:
    """Return each reason against the use that is not waived: its slot, its number there, itself; denials first."""
    found = [
        (name, number, reason)
        for name, slot in judged(document)
        for number, reason in enumerate(slot["reasons"], 1)
        if reason["ruling"] != "allow" and not reason["waived_by"]
    ]
    return sorted(found, key=lambda point: point[2]["ruling"] != "deny")


def ordered(reasons: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the reasons with their numbers, the gravest first."""
    return sorted(enumerate(reasons, 1), key=lambda one: GRAVITY.index(one[1]["ruling"]))


def headline(document: Document) -> str:
    """Return the verdict as a title."""
    told = HEADLINES[document["verdict"]].format(use=f"{document['use_case']} use")
    return told[0].upper() + told[1:]


def summary(document: Document) -> str:
    """Return the verdict in one or two sentences."""
    rulings = [reason["ruling"] for _, _, reason in points(document)]
    denials, reviews = rulings.count("deny"), rulings.count("review")
    told = {
        "allow": "Nothing that was found stands against it.",
        "review": f"Nothing that was found forbids it, but {_points(reviews)} to be decided by a person first.",
        "deny": f"{_stands(denials)} against it"
        + (f", and {_points(reviews, 'more ')} to be decided by a person." if reviews else "."),
    }
    return f"{told[document['verdict']]} {_parts(document)}".rstrip()


def _points(count: int, more: str = "") -> str:
    return f"one {more}point has" if count == 1 else f"{count or 'some'} {more}points have"


def _stands(count: int) -> str:
    return "One point stands" if count == 1 else f"{count or 'Some'} points stand"


def _parts(document: Document) -> str:
    """Return which parts are of which verdict, where they differ."""
    by_verdict: dict[str, list[str]] = {}
    for name, slot in judged(document):
        by_verdict.setdefault(slot["verdict"], []).append(SLOTS[name].lower())
    if len(by_verdict) < 2:
        return ""
    told = [
        f"{verdict}: {', '.join(by_verdict[key])}"
        for key, verdict in (("deny", "denied"), ("review", "to review"), ("allow", "allowed"))
        if key in by_verdict
    ]
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}."
