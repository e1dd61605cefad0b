"""Weights made from other weights inherit: the verdict on them is not better than that on their base (P9)."""

from __future__ import annotations

from collections.abc import Iterator

from maxctl.core.slot import Slot
from maxctl.policy import spdx
from maxctl.policy.evidence import Base, Reason, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling
from maxctl.policy.use import Use
from maxctl.policy.why import Why

_WORDS = {
    "finetune": "fine-tuned from",
    "adapter": "an adapter for",
    "quantized": "a quantized copy of",
    "merge": "a merge of",
    "distilled": "distilled from",
    "loads": "loaded by the code:",
    "base": "made from",
    "named": "perhaps made from",
}
_OPEN = frozenset(("loads", "named"))
"""What is no statement that the weights come from it."""


def base_reasons(slot: Slot, subject: Subject, stated: bool, policy: Policy, use: Use) -> Iterator[Reason]:
    """Yield what the base models of the weights ask, each base once.

    What the code merely loads, and what is named without saying whether the weights come from it, counts at most as
    `review` where the weights have a license of their own; that it was made from a model counts more than either.
    """
    seen: set[str] = set()
    for base in sorted(subject.bases, key=lambda one: one.relation in _OPEN):
        key = (base.known_as or base.name).lower()
        if key in seen:
            continue
        seen.add(key)
        loaded = base.relation in _OPEN
        if base.relation == "named" and _says(subject, base):
            continue  # the model itself, or one that keeps its terms
        if base.license is None:
            if not (loaded and stated):
                yield _unknown(base, policy)
            continue
        ruling = spdx.judge(base.license, lambda name: policy.decide(name, slot, use).ruling)
        if ruling is Ruling.ALLOW:
            continue
        if loaded and stated:
            ruling = Ruling.REVIEW
        name = spdx.ids(base.license)[0]
        decision = policy.decide(name, slot, use)
        doubt = (
            ""
            if base.evidence == "read"
            else "; its license is public knowledge that was not re-read: verify it"
        )
        yield Reason(
            Why.BASE_TERMS,
            ruling,
            f"{subject.name} are {_WORDS.get(base.relation, 'made from')} {base.known_as or base.name} ({base.spot}),"
            f" which is under {base.license}: {decision.reason} [{decision.rule}]{doubt}",
            "the terms of the base go with what is made from it: use another base, or get another grant from its owner",
            base.spot,
            tag="base-model",
            license=base.license,
        )


def _says(subject: Subject, base: Base) -> bool:
    """Tell whether the weights are stated to be under the license of a model."""
    asked = spdx.stems(base.license or "")
    return any(
        asked <= spdx.stems(claim.reading.expression)
        for claim in subject.claims
        if claim.reading.expression and claim.own and not claim.restricts
    )


def _unknown(base: Base, policy: Policy) -> Reason:
    made = _WORDS.get(base.relation, "made from")
    how = "need, as the code loads it" if base.relation == "loads" else f"are {made}"
    return Reason(
        Why.BASE_UNKNOWN,
        policy.unknown,
        f"nothing is known of the license of {base.name}, which the weights {how}",
        "find the license of that model; what is made from it is not freer than it is",
        base.spot,
        tag="base-model",
    )
