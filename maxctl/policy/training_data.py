"""The data slot: the data sets that a model was trained on, judged by their terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from maxctl.core.spec import Dataset, Slot
from maxctl.policy import spdx
from maxctl.policy.claims import claim_reasons, disagreements
from maxctl.policy.datasets import Datasets, KnownDataset
from maxctl.policy.evidence import Conclusion, DatasetFact, Obligation, Reason, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.why import Why

WEIGH = "have someone who may decide weigh the terms against the use of the model, and record the approval"


def conclude(
    named: Iterable[Dataset], subject: Subject, trained: bool, known: Datasets, policy: Policy, use_case: str
) -> Conclusion:
    """Return the conclusion for the data slot.

    `trained` says whether there are weights at all: weights of which nobody says what they were trained on
    are a silence. Data adds `review` at most, unless its terms reach trained models or it was withdrawn.
    """
    named = tuple(named)
    facts: list[DatasetFact] = []
    reasons: list[Reason] = []
    for dataset in named:
        fact, found = _judge(dataset, known, policy, use_case)
        facts.append(fact)
        reasons += found
    reasons += [*claim_reasons(Slot.DATA, subject, policy), *disagreements(Slot.DATA, subject)]
    stated = [claim for claim in subject.claims if claim.reading.expression]
    for claim in stated:
        reasons += _claimed(claim.reading.expression or "", str(claim.spot), policy, use_case)
    if trained and not stated and not any(dataset.use != "evaluation" for dataset in named):
        reasons.append(
            Reason(
                Why.SILENT,
                policy.silence,
                "nothing states what data the model was trained on",
                "name the data sets under licensing.datasets, each with where that is stated",
                tag="unstated-data",
            )
        )
    expressions = [fact.license for fact in facts if fact.license and fact.license != "NOASSERTION"]
    expressions += [claim.reading.expression or "" for claim in stated]
    return Conclusion(
        slot=Slot.DATA,
        ruling=worst(reason.ruling for reason in reasons),
        concluded=spdx.all_of(expressions),
        confidence=_confidence(facts, bool(stated)),
        claims=subject.claims,
        reasons=tuple(reasons),
        datasets=tuple(facts),
        obligations=tuple(_obligations(facts, known)),
    )


def _judge(
    dataset: Dataset, known: Datasets, policy: Policy, use_case: str
) -> tuple[DatasetFact, list[Reason]]:
    entry = known.find(dataset.id)
    if entry is None:
        close = known.closest(dataset.id)
        near = f"; did you mean `{close}`?" if close else ""
        counts = dataset.use != "evaluation"
        ruling = policy.unknown if counts else Ruling.ALLOW
        fact = DatasetFact(
            dataset.id, None, None, dataset.use, ruling, ("unstated-data",), None, None, None, dataset.source
        )
        return fact, [
            Reason(
                Why.DATA_UNKNOWN,
                ruling,
                f"nothing is known of a data set `{dataset.id}`{near}",
                "correct its id, or have its terms read by someone who may decide",
                Spot(dataset.source),
                tag="unstated-data",
            )
        ]
    tags = tuple(_tags(entry))
    ruling = entry.verdict.of(use_case)
    if ruling is Ruling.DENY and not entry.reaches_models:
        ruling = Ruling.REVIEW
    if entry.personal_data in ("biometric", "health") or entry.license == "NOASSERTION":
        ruling = worst((ruling, Ruling.REVIEW))
    if dataset.use == "evaluation":  # it was measured with, not learnt from
        ruling, tags = Ruling.ALLOW, ()
    fact = DatasetFact(
        dataset.id,
        entry.id,
        entry.license,
        dataset.use,
        ruling,
        tags,
        entry.note,
        entry.source,
        entry.evidence,
        dataset.source,
    )
    if ruling is Ruling.ALLOW:
        return fact, []
    doubt = (
        ""
        if entry.evidence == "read"
        else "; these terms are public knowledge that was not re-read: verify them"
    )
    terms = f"{entry.license}, commercial use {entry.commercial}, redistribution {entry.redistribution}"
    told = f"{terms}; {', '.join(tags) or 'terms to be read'}{f'; {entry.note}' if entry.note else ''}"
    return fact, [
        Reason(
            Why.DATA_TERMS,
            ruling,
            f"{dataset.use} on {entry.id} ({told}){doubt} [{entry.source}]",
            WEIGH
            if ruling is Ruling.REVIEW
            else "its terms reach trained models, or it was withdrawn: train on other data",
            Spot(dataset.source),
            tags[0] if tags else None,
        )
    ]


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


def _claimed(expression: str, where: str, policy: Policy, use_case: str) -> Iterator[Reason]:
    decisions = {name: policy.decide(name, Slot.DATA, use_case) for name in spdx.ids(expression)}
    ruling = spdx.judge(expression, lambda name: decisions[name].ruling)
    if ruling is Ruling.ALLOW:
        return
    told = next(f"{name}: {d.reason}" for name, d in decisions.items() if d.ruling is ruling)
    yield Reason(
        Why.DATA_TERMS,
        Ruling.REVIEW,
        f"data under {expression} ({where}) asks for review: {told}",
        WEIGH,
        tag="nc-data" if ruling is Ruling.DENY else "share-alike-data",
    )


def _confidence(facts: list[DatasetFact], stated: bool) -> str:
    if not facts and not stated:
        return "none"
    if any(fact.known_as is None for fact in facts):
        return "low"
    return "high" if facts and all(fact.evidence == "read" for fact in facts) else "medium"


def _obligations(facts: list[DatasetFact], known: Datasets) -> Iterator[Obligation]:
    for fact in facts:
        entry = known.find(fact.id)
        if entry is not None and entry.attribution and fact.use != "evaluation":
            yield Obligation(Slot.DATA, entry.license, f"credit the data set {entry.id}")
