"""The data slot: the data sets that a model was trained on, judged by their terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from maxctl.core.slot import Slot
from maxctl.policy import spdx
from maxctl.policy.claims import claim_reasons, disagreements
from maxctl.policy.datasets import Datasets, KnownDataset
from maxctl.policy.evidence import (
    Claim,
    Conclusion,
    DatasetFact,
    Decided,
    NamedDataset,
    Obligation,
    Reason,
    Subject,
)
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.use import Use
from maxctl.policy.why import Why

WEIGH = "have someone who may decide weigh the terms against the use of the model, and record the approval"
_ROLES = ("training", "pre-training", "fine-tuning", "unclear", "evaluation")
"""From what counts most: of one data set named several times the first of these is its role."""


def conclude(
    named: Iterable[NamedDataset],
    subject: Subject,
    trained: bool,
    known: Datasets,
    policy: Policy,
    use: Use | str,
) -> Conclusion:
    """Return the conclusion for the data slot.

    `trained` says whether there are weights at all: weights of which nobody says what they were trained on
    are a silence. Data adds `review` at most, unless its terms reach trained models or it was withdrawn.
    """
    meant = Use.of(use)
    sets = merged(named, known)
    facts: list[DatasetFact] = []
    reasons: list[Reason] = []
    labels = {
        claim.about.lower(): claim for claim in subject.claims if claim.about and claim.reading.expression
    }
    for dataset in sets:
        fact, found = _judge(dataset, known, policy, meant, labels)
        facts.append(fact)
        reasons += found
    reasons += [*claim_reasons(Slot.DATA, subject, policy, meant), *disagreements(Slot.DATA, subject, policy)]
    stated = [claim for claim in subject.claims if claim.reading.expression]
    for claim in stated:
        reasons += _claimed(claim, policy, meant)
    if trained and not stated and not any(d.use not in ("evaluation", "unclear") for d in sets):
        reasons.append(
            Reason(
                Why.SILENT,
                policy.silence,
                "nothing states what data the model was trained on",
                "name the data sets under licensing.datasets, each with where that is stated",
                tag="unstated-data",
            )
        )
    expressions = [
        f.license for f in facts if f.license and f.license != "NOASSERTION" and f.use != "evaluation"
    ]
    expressions += [claim.reading.expression or "" for claim in stated]
    reasons = list(dict.fromkeys(reasons))
    return Conclusion(
        slot=Slot.DATA,
        ruling=worst(reason.ruling for reason in reasons),
        concluded=spdx.all_of(expressions),
        confidence=_confidence(facts, bool(stated)),
        claims=subject.claims,
        detections=subject.detections,
        reasons=tuple(reasons),
        datasets=tuple(facts),
        obligations=tuple(_obligations(facts, sets, known, policy, meant)),
        decisions=tuple(_decisions(stated, policy, meant)),
        unknown=tuple(r.text for r in reasons if r.why in (Why.SILENT, Why.DATA_UNKNOWN)),
        empty=not (trained or sets or subject.claims or subject.detections),
    )


def merged(named: Iterable[NamedDataset], known: Datasets) -> list[NamedDataset]:
    """Return each data set once, as what counts most and where that is said first."""
    best: dict[str, NamedDataset] = {}
    for dataset in named:
        entry = known.find(dataset.id)
        key = entry.id if entry else dataset.id.lower()
        if key not in best or _ROLES.index(dataset.use) < _ROLES.index(best[key].use):
            best[key] = dataset
    return list(best.values())


def _judge(
    dataset: NamedDataset, known: Datasets, policy: Policy, use: Use, labels: Mapping[str, Claim]
) -> tuple[DatasetFact, list[Reason]]:
    entry = known.find(dataset.id)
    if entry is None:
        return _unheard_of(dataset, known, policy, use, labels)
    decision = policy.data(entry, use, dataset.use)
    ruling = decision.ruling
    fact = DatasetFact(
        dataset.id,
        entry.id,
        entry.license,
        dataset.use,
        ruling,
        decision.tags,
        entry.note,
        entry.source,
        entry.evidence,
        str(dataset.spot),
    )
    if ruling is Ruling.ALLOW:
        return fact, []
    doubt = (
        ""
        if entry.evidence == "read"
        else "; these terms are public knowledge that was not re-read: verify them"
    )
    told = "; ".join(part for part in (_terms(entry), ", ".join(decision.tags), entry.note) if part)
    return fact, [
        Reason(
            Why.DATA_TERMS,
            ruling,
            f"{_ROLE_WORDS[dataset.use]} {entry.id} ({told}): {decision.reason} [{decision.rule}]{doubt}"
            f" [{entry.source}]",
            WEIGH
            if ruling is Ruling.REVIEW
            else "its terms reach trained models, or it was withdrawn: train on other data",
            dataset.spot,
            decision.tags[0] if decision.tags else None,
            dataset=entry.id,
        )
    ]


_ROLE_WORDS = {
    "training": "training on",
    "pre-training": "pre-training on",
    "fine-tuning": "fine-tuning on",
    "evaluation": "evaluation on",
    "unclear": "perhaps training on",
}


def _terms(entry: KnownDataset) -> str:
    return f"{entry.license}, commercial use {entry.commercial}, redistribution {entry.redistribution}"


def _unheard_of(
    dataset: NamedDataset, known: Datasets, policy: Policy, use: Use, labels: Mapping[str, Claim]
) -> tuple[DatasetFact, list[Reason]]:
    claim = labels.get(dataset.id.lower())
    license = dataset.license or (claim.reading.expression if claim else None)
    decision = policy.data(None, use, dataset.use, name=dataset.id)
    counts = license is None and decision.ruling is not Ruling.ALLOW  # a stated license is judged by itself
    ruling = decision.ruling if counts else Ruling.ALLOW
    tags = decision.tags if counts else ()
    fact = DatasetFact(
        dataset.id, None, license, dataset.use, ruling, tags, None, None, None, str(dataset.spot)
    )
    if not counts:
        return fact, []
    close = known.closest(dataset.id)
    near = f"; did you mean `{close}`?" if close else ""
    return fact, [
        Reason(
            Why.DATA_UNKNOWN,
            ruling,
            f"nothing is known of a data set `{dataset.id}` ({dataset.spot}){near}",
            "correct its id, or have its terms read by someone who may decide",
            dataset.spot,
            tag="unstated-data",
            dataset=dataset.id,
        )
    ]


def _claimed(claim: Claim, policy: Policy, use: Use) -> Iterator[Reason]:
    expression = claim.reading.expression or ""
    decisions = {name: policy.data_stated(name, use) for name in spdx.ids(expression)}
    ruling = spdx.judge(expression, lambda name: decisions[name].ruling)
    if ruling is Ruling.ALLOW:
        return
    name, decision = next((name, d) for name, d in decisions.items() if d.ruling is ruling)
    yield Reason(
        Why.DATA_TERMS,
        ruling,
        f"data under {expression} ({claim.spot}) asks for review: {name}: {decision.reason} [{decision.rule}]",
        WEIGH,
        claim.spot,
        tag=decision.tags[0] if decision.tags else None,
        license=name,
    )


def _decisions(stated: list[Claim], policy: Policy, use: Use) -> Iterator[Decided]:
    spots: dict[str, list[Claim]] = {}
    for claim in stated:
        for name in spdx.ids(claim.reading.expression or ""):
            spots.setdefault(name, []).append(claim)
    for name, claims in spots.items():
        decision = policy.data_stated(name, use)
        yield Decided(name, decision.ruling, decision.rule, decision.reason, tuple(c.spot for c in claims))


def _confidence(facts: list[DatasetFact], stated: bool) -> str:
    if not facts and not stated:
        return "none"
    if any(fact.known_as is None or fact.use == "unclear" for fact in facts):
        return "low"
    return "high" if facts and all(fact.evidence == "read" for fact in facts) else "medium"


def _obligations(
    facts: list[DatasetFact], sets: list[NamedDataset], known: Datasets, policy: Policy, use: Use
) -> Iterator[Obligation]:
    for fact, dataset in zip(facts, sets, strict=True):
        entry = known.find(fact.id)
        if entry is not None and fact.use != "unclear":
            for duty in policy.data(entry, use, dataset.use).duties:
                yield Obligation(Slot.DATA, entry.license, str(duty), duty.kind.value, dataset.spot)
