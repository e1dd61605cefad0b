"""What the terms of a data set mean for a model, under the policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.policy.datasets import KnownDataset
from maxctl.policy.layers import Rules
from maxctl.policy.obligations import Kind, Obligation
from maxctl.policy.ruling import Ruling, best, worst
from maxctl.policy.use import Use

_TAG_OF_CATEGORY = {
    "Source-available": "nc-data",
    "Copyleft": "share-alike-data",
    "Copyleft Limited": "share-alike-data",
    "Unstated License": "unstated-data",
}


@dataclass(frozen=True, slots=True)
class DataDecision:
    """A ruling on training data, by which rule, why, and the short names of what its terms say."""

    ruling: Ruling
    rule: str
    reason: str
    tags: tuple[str, ...] = ()
    duties: tuple[Obligation, ...] = ()


def decide(rules: Rules, known: KnownDataset | None, use: Use, role: str, name: str | None) -> DataDecision:
    """Return the decision about a data set that the model met in a role."""
    decision = _by_terms(rules, known, use, name)
    cap = rules.roles.get(role)
    if cap is not None and cap.at_most.rank < decision.ruling.rank:
        tags = () if cap.at_most is Ruling.ALLOW else decision.tags
        decision = DataDecision(cap.at_most, f"data role {role}", cap.reason, tags, decision.duties)
    if cap is not None and cap.at_most is Ruling.ALLOW:  # it left nothing in the model
        return DataDecision(Ruling.ALLOW, f"data role {role}", cap.reason)
    return decision


def _by_terms(rules: Rules, known: KnownDataset | None, use: Use, name: str | None) -> DataDecision:
    tags = tuple(_tags(known)) if known is not None else ("unstated-data",)
    duties = tuple(_duties(known)) if known is not None else ()
    called = known.id if known is not None else name
    single = rules.sets.get(called.lower()) if called else None
    if single is not None:
        rule, label = single
        return DataDecision(rule.of(use), f"data set {called}{label}", rule.reason, tags, duties)
    if known is None:
        return DataDecision(rules.unknown_data, "unknown data set", "nothing is known of this data set", tags)
    says = frozenset((*tags, *_more_clauses(known)))
    found = [(rule, label) for when, (rule, label) in rules.clauses.items() if when <= says]
    ruling = worst(rule.of(use) for rule, _ in found)
    if ruling is Ruling.ALLOW:
        return DataDecision(ruling, "data clauses", "nothing in its terms has to be weighed", tags, duties)
    deciding = [(rule, label) for rule, label in found if rule.of(use) is ruling]
    told = "; ".join(dict.fromkeys(rule.reason for rule, _ in deciding))
    named = "; ".join(f"{' and '.join(rule.when)}{label}" for rule, label in deciding)
    return DataDecision(ruling, f"data clause {named}", told, tags, duties)


def stated(
    rules: Rules,
    ruling: Ruling,
    rule: str,
    reason: str,
    category: str | None,
    duties: tuple[Obligation, ...],
) -> DataDecision:
    """Return what a decision about a license means where it is stated for the data as a whole."""
    tag = _TAG_OF_CATEGORY.get(category or "", "unclear-data" if category else "unstated-data")
    tags = () if ruling is Ruling.ALLOW else (tag,)
    cap = rules.stated_data
    if cap is not None and cap.at_most.rank < ruling.rank:
        return DataDecision(best((ruling, cap.at_most)), rule, f"{reason}; {cap.reason}", tags, duties)
    return DataDecision(ruling, rule, reason, tags, duties)


def _tags(entry: KnownDataset) -> Iterator[str]:
    if entry.model_clause == "restricts_trained_models":
        yield "restricts-models"
    if entry.status == "withdrawn":
        yield "withdrawn"
    if entry.license == "NOASSERTION":
        yield "unstated-data"
    if entry.commercial == "no":
        yield "nc-data"
    elif entry.commercial == "unclear":
        yield "unclear-data"
    if entry.share_alike:
        yield "share-alike-data"
    if entry.personal_data != "none":
        yield entry.personal_data


def _more_clauses(entry: KnownDataset) -> Iterator[str]:
    """Yield what rules may ask for and no one has to be told each time."""
    if entry.model_clause == "frees_trained_models":
        yield "frees-models"
    if entry.status == "changed":
        yield "changed-terms"
    if entry.redistribution in ("no", "links"):
        yield "no-redistribution"


def _duties(entry: KnownDataset) -> Iterator[Obligation]:
    if entry.attribution:
        yield Obligation(kind=Kind.ATTRIBUTION, text=f"credit the data set {entry.id}", when="always")
    if entry.share_alike:
        yield Obligation(
            kind=Kind.SHARE_ALIKE,
            text=f"weigh whether the model adapts the data set {entry.id}, which stays under {entry.license}",
            when="always",
        )
