"""What is wrong with claims themselves: placeholders, unknown ids, and claims that contradict one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from maxctl.core.slot import Slot
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, Reason, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.spdx import Kind
from maxctl.policy.use import Use
from maxctl.policy.why import Why


def agree(text: str, claim: str) -> bool:
    """Tell whether a text is one that the claim already names: the same licenses, or one side of its choice.

    A text that asks for several at once is no side of a choice.
    """
    if " AND " in text and " OR " in claim:
        return spdx.stems(text) == spdx.stems(claim) and " OR " in text
    return spdx.stems(text) <= spdx.stems(claim)


VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")


def claim_reasons(slot: Slot, subject: Subject, policy: Policy, use: Use) -> Iterator[Reason]:
    """Yield what keeps single claims from being statements."""
    readable = [c.reading.expression for c in subject.claims if _grants(c) and c.reading.expression]
    readable += [detection.expression for detection in subject.detections if detection.principal]
    for claim in subject.claims:
        reading = claim.reading
        if not claim.own:
            yield Reason(
                Why.SILENT,
                policy.silence,
                f"`{reading.text}` is put forward for {subject.name}, but {claim.spot} is the license of the code,"
                " which does not cover them by itself",
                "cite a statement that names the weights",
                claim.spot,
            )
        elif reading.kind is Kind.PLACEHOLDER:
            yield Reason(
                Why.PLACEHOLDER,
                policy.silence,
                f"`{reading.text}` ({claim.spot}) is a placeholder, not a license",
                "state an SPDX expression, or null where nothing is stated",
                claim.spot,
            )
        elif reading.kind is Kind.UNREADABLE:
            near = f"; did you mean `{reading.closest}`?" if reading.closest else ""
            yield Reason(
                Why.UNREADABLE,
                policy.unknown,
                f"`{reading.text}` ({claim.spot}) is no SPDX expression{near}",
                "write an SPDX expression, or LicenseRef-… for a license of its own",
                claim.spot,
            )
        elif reading.kind is Kind.FAMILY and not any(_member(e, reading.family) for e in readable):
            yield Reason(
                Why.UNREADABLE,
                worst((policy.silence, _of_family(reading.family or "", slot, policy, use))),
                f"`{reading.text}` ({claim.spot}) names a family of licenses, not one license",
                "find the text and state its SPDX id",
                claim.spot,
            )
        elif reading.unknown:
            names = ", ".join(f"`{name}`" for name in reading.unknown)
            near = f"; did you mean `{reading.closest}`?" if reading.closest else ""
            yield Reason(
                Why.UNREADABLE,
                policy.unknown,
                f"nobody knows a license {names} ({claim.spot}){near}",
                "correct the id, or have the text read by someone who may decide",
                claim.spot,
            )


def _grants(claim: Claim) -> bool:
    return claim.own and not claim.restricts


def _of_family(family: str, slot: Slot, policy: Policy, use: Use) -> Ruling:
    """Return the most lenient ruling on the members of a family: whichever is meant, it is not better than that."""
    members = [name for version in VERSIONS if (name := policy.catalog.canonical(f"{family}{version}"))]
    return min(
        (policy.decide(name, slot, use).ruling for name in members),
        key=lambda r: r.rank,
        default=Ruling.ALLOW,
    )


def _member(expression: str, family: str | None) -> bool:
    return family is not None and any(name.startswith(family) for name in spdx.ids(expression))


def disagreements(slot: Slot, subject: Subject, policy: Policy) -> Iterator[Reason]:
    """Yield each pair of claims about one thing that cannot both hold."""
    stated = [claim for claim in subject.claims if claim.own and claim.reading.expression]
    told: set[tuple[str, str]] = set()
    for first, second in combinations(stated, 2):
        pair = (first.reading.expression or "", second.reading.expression or "")
        if pair in told or not _of_one_thing(first, second) or _compatible(*pair):
            continue
        if (first.restricts or second.restricts) and all(forbids_business(e, slot, policy) for e in pair):
            continue  # a restriction says in words what the license says, too
        if _offers(*pair) and not any(forbids_business(e, slot, policy) for e in pair):
            continue  # `Apache-2.0 OR MIT` holds what another place calls MIT
        if spdx.COMMERCIAL_TERMS in pair:
            continue  # `companies, ask us` is said beside a license, not instead of it
        told |= {pair, pair[::-1]}
        yield Reason(
            Why.CLAIMS_DIFFER,
            Ruling.REVIEW,
            f"{subject.name}: {first.how} says {_words(first)} ({first.spot}),"
            f" {second.how} says {_words(second)} ({second.spot})",
            "ask the owner which holds; until then the stricter counts",
            second.spot,
            others=(first.spot,),
        )


def forbids_business(expression: str, slot: Slot, policy: Policy) -> bool:
    """Tell whether an expression does not permit commercial use."""
    return spdx.judge(expression, lambda name: policy.decide(name, slot, "commercial").ruling) is Ruling.DENY


_POINTS = re.compile(
    r"\b(?:subject to|agree\w*|accept\w*|terms|use restrictions|licen[cs]e)\b", re.IGNORECASE
)


def without_pointers(subject: Subject) -> Subject:
    """Return a subject without claims that only point to the terms that it is known to be under.

    `You have to agree to the license` says of a model under a license of its own what that license says; beside a
    permissive one it says that there is more to read.
    """
    granted = [c.reading.expression for c in subject.claims if _grants(c) and c.reading.expression]
    granted += [d.expression for d in subject.detections if d.principal]
    own = {
        n for e in granted for n in spdx.ids(e) if n.startswith("LicenseRef-") and not spdx.names_unknown(n)
    }
    if not own - spdx.RESTRICTIONS:
        return subject
    kept = [c for c in subject.claims if not (c.restricts and _points(c))]
    return replace(subject, claims=tuple(kept))


def _points(claim: Claim) -> bool:
    condition = claim.reading.expression in (spdx.CONDITIONAL, spdx.COMMERCIAL_TERMS)
    return condition and claim.beyond is None and _POINTS.search(claim.reading.text or "") is not None


def _words(claim: Claim) -> str:
    return f"“{claim.reading.text}”" if claim.restricts else str(claim.reading.expression)


def _of_one_thing(first: Claim, second: Claim) -> bool:
    """Tell whether two claims speak of the same: two checkpoints may well have a license each."""
    if first.restricts and second.restricts:
        return False
    return first.about is None or second.about is None or first.about == second.about


def checkpoint_differences(subject: Subject) -> Iterator[Reason]:
    """Yield the reason to ask which checkpoint is meant, where they have different licenses."""
    named: dict[str, Claim] = {}
    for claim in subject.claims:
        if claim.about and claim.own and claim.reading.expression:
            named.setdefault(claim.reading.expression, claim)
    if len({spdx.stems(expression) for expression in named}) > 1:
        told = ", ".join(f"{claim.about}: {expression}" for expression, claim in list(named.items())[:6])
        first, *others = named.values()
        yield Reason(
            Why.CHECKPOINTS_DIFFER,
            Ruling.REVIEW,
            f"{subject.name} are several, under different licenses ({told})",
            "name the one checkpoint that is used under artifacts, and cite its license",
            first.spot,
            others=tuple(claim.spot for claim in others),
        )


def _offers(one: str, other: str) -> bool:
    """Tell whether one expression is a choice that holds the other."""
    chosen = [set(e.split(" OR ")) for e in (one, other) if " OR " in e and " AND " not in e and "(" not in e]
    return any(single in choice for choice in chosen for single in (one, other))


def _compatible(one: str, other: str) -> bool:
    return agree(one, other) and agree(other, one)
