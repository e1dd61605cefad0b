"""From claims and detections to one conclusion per slot, and from these to the combined verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from maxctl.core.slot import Slot
from maxctl.policy import spdx
from maxctl.policy.base_terms import base_reasons
from maxctl.policy.claims import (
    agree,
    checkpoint_differences,
    claim_reasons,
    disagreements,
    forbids_business,
    without_pointers,
)
from maxctl.policy.evidence import Claim, Conclusion, Decided, Detection, Obligation, Reason, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.texts import grants, ruled, text_reasons
from maxctl.policy.use import Use
from maxctl.policy.why import Why

CONFIRMED_BY_SCAN = frozenset({Slot.CODE, Slot.SCRIPTS})
"""Slots whose files carry notices: there a claim of the spec alone, which no file repeats, is not enough."""
CONTRADICTIONS = (Why.CLAIMS_DIFFER, Why.TEXT_DIFFERS)


def conclude(
    slot: Slot, subjects: Iterable[Subject], policy: Policy, use: Use | str, hint: str = ""
) -> Conclusion:
    """Return the conclusion for a slot other than data.

    `hint` says, for the silence of the weights, what else is licensed and does not cover them. A slot
    with no subject has nothing to judge: `allow`, `empty`, with no expression and confidence `none`.
    """
    meant = Use.of(use)
    everything = tuple(map(without_pointers, subjects))
    reasons: list[Reason] = []
    stated: list[str] = []
    confidences: list[str] = []
    unknown: list[str] = []
    for subject in everything:
        found = list(_subject(slot, subject, policy, meant, hint))
        reasons += found
        expressions = _expressions(slot, subject, policy)
        if any(r.why in CONTRADICTIONS for r in found):
            expressions = _strictest(slot, expressions, policy, meant)
        stated += expressions
        confidences.append(_confidence(subject, found, expressions))
        unknown += [
            r.text for r in found if r.why in (Why.SILENT, Why.BASE_UNKNOWN, Why.PLACEHOLDER, Why.NOT_SCANNED)
        ]
    concluded = spdx.all_of(_not_covered_twice(stated))
    return Conclusion(
        slot=slot,
        ruling=worst(reason.ruling for reason in reasons),
        concluded=concluded,
        confidence=min(confidences, key=["none", "low", "medium", "high"].index, default="none"),
        claims=tuple(c for subject in everything for c in (*subject.claims, *subject.derived)),
        detections=tuple(detection for subject in everything for detection in subject.detections),
        reasons=tuple(dict.fromkeys(reasons)),
        obligations=tuple(_obligations(slot, everything, concluded, policy, meant)),
        decisions=tuple(_decisions(slot, everything, concluded, policy, meant)),
        differences=tuple(d for subject in everything for d in subject.differences),
        bases=tuple(base for subject in everything for base in subject.bases),
        unknown=tuple(dict.fromkeys(unknown)),
        empty=not everything,
    )


def combine(conclusions: Mapping[Slot, Conclusion]) -> Ruling:
    """Return the verdict on the model: the worst of all slots (P2).

    The data slot is held to `review` where it is judged, unless its terms reach models (P3).
    """
    return worst(conclusion.ruling for conclusion in conclusions.values())


def _stated(subject: Subject) -> list[str]:
    """Return what is claimed: grants, or where there are none, what the restrictions leave."""
    own = [c for c in subject.claims if c.own and c.reading.expression and c.beyond is None]
    granted = [claim for claim in own if not claim.restricts]
    return [claim.reading.expression or "" for claim in granted or own]


def _expressions(slot: Slot, subject: Subject, policy: Policy) -> list[str]:
    """Return what is concluded from: nothing where a few notices are all that there is."""
    telling = _telling(subject, policy)
    stated = _stated(subject)
    if not stated and not _speaks_for_all(subject, telling):
        return []
    granted = [
        c.reading.expression or ""
        for c in subject.claims
        if c.own and not c.restricts and c.reading.expression
    ]
    restricted = [
        c.reading.expression or ""
        for c in subject.claims
        if c.own and c.restricts and not any(forbids_business(e, slot, policy) for e in granted)
    ]
    return [*stated, *restricted, *(d.expression for d in telling)]


def _telling(subject: Subject, policy: Policy) -> list[Detection]:
    """Return what was found that decides something.

    `See the license` with no name says nothing beside a license that is stated.
    """
    found = [detection for detection in subject.detections if grants(detection, policy)]
    known = [d for d in found if any(not _unstated(name, policy) for name in spdx.ids(d.expression))]
    if not _stated(subject) and not any(d.principal for d in known):
        return found
    return [
        replace(
            d, expression=spdx.without(d.expression, lambda name: _unstated(name, policy)) or d.expression
        )
        for d in known
    ]


def _unstated(name: str, policy: Policy) -> bool:
    """Tell whether an id only says that there is some license; an id that nobody knows names one."""
    return policy.catalog.category(name) == "Unstated License" and not spdx.names_unknown(name)


def _strictest(slot: Slot, expressions: list[str], policy: Policy, use: Use) -> list[str]:
    """Return those of contradicting expressions that the policy rules on most strictly, for this use or for any."""

    def rank(expression: str) -> tuple[int, int]:
        of = [
            spdx.judge(expression, lambda name, use=one: policy.decide(name, slot, use).ruling).rank  # type: ignore[misc]
            for one in (use, Use.of("commercial"))
        ]
        return of[0], of[1]

    top = max((rank(e) for e in expressions), default=(0, 0))
    return [expression for expression in expressions if rank(expression) == top]


def _subject(slot: Slot, whole: Subject, policy: Policy, use: Use, hint: str) -> Iterator[Reason]:
    yield from _altered(slot, whole, policy, use)
    subject = replace(whole, claims=tuple(claim for claim in whole.claims if claim.beyond is None))
    stated = _stated(subject)
    found = _telling(subject, policy)
    doubts = list(claim_reasons(slot, subject, policy, use))
    yield from doubts
    yield from disagreements(slot, subject, policy)
    if subject.checkpoints:
        yield from checkpoint_differences(subject)
    for claim in subject.claims:
        if claim.own and claim.reading.expression:
            yield from ruled(
                slot,
                claim.reading.expression,
                str(claim.spot),
                policy,
                use,
                claim_of=claim.how,
                place=claim.spot,
            )
    yield from text_reasons(slot, subject, found, stated, policy, use)
    yield from _excepted(slot, found, policy, use)
    yield from _derived(slot, subject, policy, use)
    yield from base_reasons(slot, subject, bool(stated), policy, use)
    for spot in subject.excluded:
        if any(_named_in(expression, spot.text) for expression in stated):
            yield Reason(
                Why.CLAIMS_DIFFER,
                Ruling.REVIEW,
                f"{subject.name} are claimed to be under {spdx.all_of(stated)}, but {spot} says “{spot.text[:160]}”",
                "ask the owner which holds; until then nobody may rely on it",
                spot,
            )
    for spot in subject.silent:
        yield Reason(
            Why.SILENT,
            policy.silence,
            f"nothing states a license of {spot.path}, though others of {subject.name} have one",
            "leave it out, or ask its owner, and cite the answer under licensing.claims.weights",
            spot,
        )
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


def _altered(slot: Slot, subject: Subject, policy: Policy, use: Use) -> Iterator[Reason]:
    """Yield one reason for each license file that has words of its own, with the places of all of them."""
    files: dict[str, list[Claim]] = {}
    for claim in subject.claims:
        if claim.beyond is not None:
            files.setdefault(claim.spot.path, []).append(claim)
    for path, claims in files.items():
        first, *others = claims
        ruling = worst((Ruling.REVIEW, policy.decide(spdx.CONDITIONAL, slot, use).ruling))
        more = f", and in {len(others)} more place{'s' * (len(others) > 1)}" if others else ""
        what = (
            f"says more, or other, than {first.beyond}"
            if first.beyond
            else "has the words of no license that is known"
        )
        yield Reason(
            Why.ALTERED,
            ruling,
            f"{path} {what}: “{first.reading.text}” (line {first.spot.line}{more})",
            "have these words read by someone who may decide, and record the approval; or use a copy under the"
            " license as it stands",
            first.spot,
            license=spdx.CONDITIONAL,
            others=tuple(claim.spot for claim in others),
        )


def _excepted(slot: Slot, found: list[Detection], policy: Policy, use: Use) -> Iterator[Reason]:
    """Yield what a tag `X WITH Y` asks where nobody knows Y, though X may be what the rest is under."""
    told: set[str] = set()
    for detection in found:
        names = [n for n in spdx.ids(detection.expression) if " WITH " in n and spdx.names_unknown(n)]
        for name in names:
            if name not in told:
                told.add(name)
                yield from ruled(slot, name, str(detection.spot), policy, use, spot=detection)


def _named_in(expression: str, text: str) -> bool:
    """Tell whether a sentence names one of the licenses of an expression, in whatever spelling."""
    bare = text.lower().replace(" ", "-")
    return any(
        spdx.stem(name).lower().rpartition("-")[0] in bare if "-" in name else name.lower() in bare
        for name in spdx.ids(expression)
    )


def _derived(slot: Slot, subject: Subject, policy: Policy, use: Use) -> Iterator[Reason]:
    """Yield what others' licenses ask of something that was made from their work."""
    for claim in subject.derived:
        expression = claim.reading.expression
        if expression is None:
            continue
        ruling = spdx.judge(expression, lambda name: policy.decide(name, slot, use).ruling)
        if ruling is not Ruling.ALLOW:
            yield Reason(
                Why.DERIVED,
                Ruling.REVIEW,
                f"{subject.name} uses others' work under {expression} ({claim.spot}: “{claim.spot.text[:160]}”)",
                "find out which parts were taken; their license stays theirs",
                claim.spot,
                license=expression,
            )


def _silence(slot: Slot, subject: Subject, found: list[Detection], policy: Policy, hint: str) -> Reason:
    if slot is Slot.WEIGHTS:
        excluded = subject.excluded[0] if subject.excluded else None
        said = f"; {excluded} says so: “{excluded.text[:160]}”" if excluded else f"; {hint}" if hint else ""
        return Reason(
            Why.SILENT,
            policy.silence,
            f"nothing states a license of {subject.name}{said}",
            "a statement by their owner that names the weights would change this (a LICENSE-MODEL file, a model card,"
            " an answer in a public thread): cite it under licensing.claims.weights with its license and source",
            excluded or (subject.claims[0].spot if subject.claims else None),
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
        subject.excluded[0] if subject.excluded else None,
    )


def _speaks_for_all(subject: Subject, found: list[Detection]) -> bool:
    return any(d.principal for d in found) or (subject.files > 0 and subject.noticed >= subject.files)


def _confidence(subject: Subject, reasons: list[Reason], expressions: list[str]) -> str:
    if not expressions:
        return "none"
    doubted = (*CONTRADICTIONS, Why.UNCONFIRMED, Why.NOT_SCANNED)
    if any(r.why in doubted for r in reasons):
        return "low"
    stated = _stated(subject)
    if any(agree(d.expression, expression) for d in subject.detections for expression in stated):
        return "high"
    own = [claim for claim in subject.claims if claim.own and claim.reading.expression]
    if own and any(claim.how != "spec" and claim.confidence == "high" for claim in own) and len(own) > 1:
        return "high"
    if own and all(claim.confidence == "low" for claim in own):
        return "low"
    return "medium" if stated or any(d.principal for d in subject.detections) else "low"


def _not_covered_twice(expressions: list[str]) -> list[str]:
    """Leave out what a stated choice already names: `MIT` beside `MIT OR Apache-2.0`."""
    choices = [e for e in expressions if " OR " in e]
    return [
        e for e in expressions if e in choices or not any(spdx.stems(e) <= spdx.stems(c) for c in choices)
    ]


def _places(subjects: Iterable[Subject], name: str) -> tuple[Spot, ...]:
    """Return where a license is stated or found."""
    claims: list[Claim] = [claim for subject in subjects for claim in subject.claims]
    stated = [c.spot for c in claims if c.reading.expression and name in spdx.ids(c.reading.expression)]
    found = [d.spot for subject in subjects for d in subject.detections if name in spdx.ids(d.expression)]
    return tuple(dict.fromkeys([*stated, *found]))[:20]


def _decisions(
    slot: Slot, subjects: tuple[Subject, ...], concluded: str | None, policy: Policy, use: Use
) -> Iterator[Decided]:
    bases = [base.license for subject in subjects for base in subject.bases if base.license]
    for name in dict.fromkeys(name for one in (concluded, *bases) if one for name in spdx.ids(one)):
        decision = policy.decide(name, slot, use)
        yield Decided(name, decision.ruling, decision.rule, decision.reason, _places(subjects, name))


def _obligations(
    slot: Slot, subjects: tuple[Subject, ...], concluded: str | None, policy: Policy, use: Use
) -> Iterator[Obligation]:
    from_bases = [base.license for subject in subjects for base in subject.bases if base.license]
    for name in dict.fromkeys(n for one in (concluded, *from_bases) if one for n in spdx.ids(one)):
        if policy.counts(name):
            place = next(iter(_places(subjects, name)), None)
            for duty in policy.decide(name, slot, use).duties:
                yield Obligation(slot, name, str(duty), str(duty.kind), place)
