"""Waivers at work: reasons that somebody accepted for a while weigh less, and say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from maxctl.core.slot import Slot
from maxctl.policy import waivers
from maxctl.policy.evidence import Conclusion, Reason
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.waivers import Waiver
from maxctl.policy.why import Why


def apply(
    conclusions: Mapping[Slot, Conclusion], policy: Policy, today: date
) -> tuple[dict[Slot, Conclusion], tuple[Waiver, ...]]:
    """Return the conclusions as waived, and the waivers that were used."""
    used: list[Waiver] = []
    told: dict[Slot, Conclusion] = {}
    for slot, conclusion in conclusions.items():
        reasons = [_reason(slot, reason, policy, today, used) for reason in conclusion.reasons]
        told[slot] = replace(
            conclusion, reasons=tuple(reasons), ruling=worst(reason.ruling for reason in reasons)
        )
    return told, tuple(dict.fromkeys(used))


def remarks(policy: Policy, used: tuple[Waiver, ...], today: date) -> list[Reason]:
    """Return what has to be told of waivers that are over, or that nothing asked for."""
    return [
        Reason(Why.WAIVER, Ruling.ALLOW, remark.text, remark.mend)
        for remark in waivers.remarks(policy.waivers, used, today)
    ]


def _reason(slot: Slot, reason: Reason, policy: Policy, today: date, used: list[Waiver]) -> Reason:
    if reason.ruling is Ruling.ALLOW:
        return reason
    waiver = policy.waived(
        slot,
        reason.why,
        reason.license,
        reason.dataset,
        reason.spot.path if reason.spot else None,
        today=today,
        ruling=reason.ruling,
    )
    if waiver is None:
        return reason
    used.append(waiver)
    return replace(
        reason,
        ruling=waiver.applied(reason.ruling),
        waived=f"{waiver.owner}, until {waiver.expires}: {waiver.reason}",
    )
