"""From claims and detections to one conclusion per slot, and from these to the combined verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from maxctl.core.spec import Slot
from maxctl.policy import spdx
from maxctl.policy.claims import agree, claim_reasons, disagreements
from maxctl.policy.evidence import Conclusion, Detection, Obligation, Reason, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.texts import grants, ruled, text_reasons
from maxctl.policy.why import Why

CONFIRMED_BY_SCAN = frozenset({Slot.CODE, Slot.SCRIPTS})
"""Slots whose files carry notices: there a claim of the spec alone, which no file repeats, is not enough."""


def conclude(
    slot: Slot, subjects: Iterable[Subject], policy: Policy, use_case: str, hint: str = ""
) -> Conclusion:
    """Return the conclusion for a slot other than data.

    `hint` says, for the silence of the weights, what else is licensed and does not cover them. A slot
    with no subject has nothing to judge: `allow`, with no expression and confidence `none`.
    """
    everything = tuple(subjects)
    reasons: list[Reason] = []
    stated: list[str] = []
    confidences: list[str] = []
    for subject in everything:
        found = list(_subject(slot, subject, policy, use_case, hint))
        reasons += found
        expressions = [*_stated(subject), *(d.expression for d in subject.detections if grants(d, policy))]
        stated += expressions
        confidences.append(_confidence(subject, found, expressions))
    concluded = spdx.all_of(_not_covered_twice(stated))
    return Conclusion(
        slot=slot,
        ruling=worst(reason.ruling for reason in reasons),
        concluded=concluded,
        confidence=min(confidences, key=["none", "low", "medium", "high"].index, default="none"),
        claims=tuple(claim for subject in everything for claim in subject.claims),
        detections=tuple(detection for subject in everything for detection in subject.detections),
        reasons=tuple(dict.fromkeys(reasons)),
        obligations=tuple(_obligations(slot, concluded, policy, use_case)),
    )


def combine(conclusions: Mapping[Slot, Conclusion]) -> Ruling:
    """Return the verdict on the model: the worst of all slots (P2).

    The data slot is held to `review` where it is judged, unless its terms reach models (P3).
    """
    return worst(conclusion.ruling for conclusion in conclusions.values())


def _stated(subject: Subject) -> list[str]:
    return [claim.reading.expression for claim in subject.claims if claim.own and claim.reading.expression]


def _subject(slot: Slot, subject: Subject, policy: Policy, use_case: str, hint: str) -> Iterator[Reason]:
    stated = _stated(subject)
    found = [detection for detection in subject.detections if grants(detection, policy)]
    doubts = list(claim_reasons(slot, subject, policy))
    yield from doubts
    yield from disagreements(slot, subject)
    for claim in subject.claims:
        if claim.own and claim.reading.expression:
            yield from ruled(
                slot, claim.reading.expression, str(claim.spot), policy, use_case, claim_of=claim.how
            )
    yield from text_reasons(slot, subject, found, stated, policy, use_case)
    for spot in subject.failures:
        yield Reason(
            Why.NOT_SCANNED,
            Ruling.REVIEW,
            f"{spot.path} could not be scanned: {spot.text}",
            "look at the file, or leave it out of the source",
            spot,
        )
    if stated or (found and _speaks_for_all(subject, found)):
        if (
            stated
            and slot in CONFIRMED_BY_SCAN
            and not found
            and all(c.how == "spec" for c in subject.claims)
        ):
            yield Reason(
                Why.UNCONFIRMED,
                policy.silence,
                f"only the spec says that {subject.name} is under {stated[0]}: nothing in its files does",
                f"fetch a source of {subject.name} that carries its license text, or a package that declares it",
            )
        return
    if not any(claim.own for claim in subject.claims) or not doubts:
        yield _silence(slot, subject, found, policy, hint)


def _silence(slot: Slot, subject: Subject, found: list[Detection], policy: Policy, hint: str) -> Reason:
    if slot is Slot.WEIGHTS:
        return Reason(
            Why.SILENT,
            policy.silence,
            f"nothing states a license of {subject.name}{f'; {hint}' if hint else ''}",
            "a statement by their owner that names the weights would change this (a LICENSE-MODEL file, a model card,"
            " an answer in a public thread): cite it under licensing.claims.weights with its license and source",
            subject.claims[0].spot if subject.claims else None,
        )
    if found:
        return Reason(
            Why.SILENT,
            policy.silence,
            f"{subject.name} declares no license, and only {subject.noticed} of {subject.files} source files carry one",
            f"cite where {subject.name} declares its license under licensing.claims.{slot}",
            found[0].spot,
        )
    return Reason(
        Why.SILENT,
        policy.silence,
        f"nothing states a license of {subject.name}",
        f"ask its owner, and cite the answer under licensing.claims.{slot} with license and source",
    )


def _speaks_for_all(subject: Subject, found: list[Detection]) -> bool:
    return any(d.principal for d in found) or (subject.files > 0 and subject.noticed >= subject.files)


def _confidence(subject: Subject, reasons: list[Reason], expressions: list[str]) -> str:
    if not expressions:
        return "none"
    if any(r.why in (Why.CLAIMS_DIFFER, Why.TEXT_DIFFERS, Why.UNCONFIRMED, Why.NOT_SCANNED) for r in reasons):
        return "low"
    stated = _stated(subject)
    if any(agree(d.expression, expression) for d in subject.detections for expression in stated):
        return "high"
    return "medium" if stated or any(d.principal for d in subject.detections) else "low"


def _not_covered_twice(expressions: list[str]) -> list[str]:
    """Leave out what a stated choice already names: `MIT` beside `MIT OR Apache-2.0`."""
    choices = [e for e in expressions if " OR " in e]
    return [
        e for e in expressions if e in choices or not any(spdx.stems(e) <= spdx.stems(c) for c in choices)
    ]


def _obligations(slot: Slot, concluded: str | None, policy: Policy, use_case: str) -> Iterator[Obligation]:
    for name in spdx.ids(concluded) if concluded else ():
        if policy.counts(name):
            for text in policy.decide(name, slot, use_case).obligations:
                yield Obligation(slot, name, text)
