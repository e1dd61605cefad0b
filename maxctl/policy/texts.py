"""What found texts and stated expressions mean under the policy: rulings, contradictions, nested licenses."""

from __future__ import annotations

from collections.abc import Iterator

from maxctl.core.slot import Slot
from maxctl.policy import spdx
from maxctl.policy.claims import agree
from maxctl.policy.evidence import Detection, Reason, Spot, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling
from maxctl.policy.use import Use
from maxctl.policy.why import Why


def grants(detection: Detection, policy: Policy) -> bool:
    """Tell whether a found text decides anything: contributor agreements and disclaimers do not."""
    return any(policy.counts(name) for name in spdx.ids(detection.expression))


def text_reasons(
    slot: Slot, subject: Subject, found: list[Detection], stated: list[str], policy: Policy, use: Use
) -> Iterator[Reason]:
    """Judge what the scanner found, each expression once, at its first place."""
    covered = frozenset().union(*(spdx.stems(expression) for expression in stated)) if stated else frozenset()
    principal = [d for d in found if d.principal]
    if covered and _contradicted(subject, found, covered):
        others = spdx.all_of(d.expression for d in found)
        yield Reason(
            Why.TEXT_DIFFERS,
            Ruling.REVIEW,
            f"{subject.name} claims {spdx.all_of(stated)}, but its files state only {others}",
            "ask the owner which holds; until then the stricter counts",
            (principal or found)[0].spot,
        )
    elif covered:
        for detection in principal:
            if not spdx.stems(detection.expression) & covered:
                yield Reason(
                    Why.TEXT_DIFFERS,
                    Ruling.REVIEW,
                    f"{subject.name} claims {spdx.all_of(stated)}, but {detection.spot.path} is {detection.expression}",
                    "ask the owner which holds; until then the stricter counts",
                    detection.spot,
                )
    root = covered or frozenset().union(*(spdx.stems(d.expression) for d in principal))
    seen: dict[str, list[Detection]] = {}
    for detection in found:
        if not any(agree(detection.expression, expression) for expression in stated):
            seen.setdefault(detection.expression, []).append(detection)
    for expression, places in seen.items():
        first = places[0]
        more = f" and {len(places) - 1} more place{'s' * (len(places) > 2)}" if len(places) > 1 else ""
        rulings = list(ruled(slot, expression, f"{first.spot}{more}", policy, use, spot=first))
        yield from rulings
        if not rulings and root and not spdx.stems(expression) & root:
            yield Reason(
                Why.NESTED,
                Ruling.ALLOW,
                f"{subject.name} contains {expression} beside its own license, at {first.spot}{more}",
                "nothing to decide; its notice has to be kept",
                first.spot,
                license=expression,
            )


def _contradicted(subject: Subject, found: list[Detection], covered: frozenset[str]) -> bool:
    """Tell whether the files speak, and none of them for what is claimed.

    A package's own metadata stands in the tree, so against it a few foreign notices are nested parts only.
    """
    if not found or any(spdx.stems(d.expression) & covered for d in found):
        return False
    in_tree = any(claim.how != "spec" for claim in subject.claims)
    return not in_tree or any(d.principal for d in found) or 2 * subject.noticed >= subject.files


def ruled(
    slot: Slot,
    expression: str,
    where: str,
    policy: Policy,
    use: Use,
    *,
    claim_of: str = "",
    spot: Detection | None = None,
    place: Spot | None = None,
) -> Iterator[Reason]:
    """Yield the reason against an expression, if the policy does not allow it; `claim_of`: who claims it.

    A text that grants nothing is passed over beside one that does, but is never the better part of a choice.
    """
    passed_over = not claim_of and " OR " not in expression

    def ruling_of(name: str) -> Ruling:
        if passed_over and not policy.counts(name):
            return Ruling.ALLOW
        return policy.decide(name, slot, use).ruling

    ruling = spdx.judge(expression, ruling_of)
    if ruling is Ruling.ALLOW:
        return
    decisions = [
        (name, policy.decide(name, slot, use)) for name in spdx.ids(expression) if ruling_of(name) is ruling
    ]
    name, decision = decisions[0]
    verb = "denied" if ruling is Ruling.DENY else "to be reviewed"
    who = "the spec" if claim_of == "spec" else claim_of
    how = f"as {who} claims" if claim_of else "found"
    yield Reason(
        Why.DENIED if ruling is Ruling.DENY else Why.REVIEW,
        ruling,
        f"{name} ({how}, {where}) is {verb} for {use}: {decision.reason} [{decision.rule}]",
        "leave the part out, get another grant from its owner, or change the use case or the policy"
        if ruling is Ruling.DENY
        else "have the terms read by someone who may decide, and record the approval",
        spot.spot if spot else place,
        license=name,
    )
