"""What is wrong with claims themselves: placeholders, unknown ids, and claims that contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from maxctl.core.spec import Slot
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, Reason, Subject
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling
from maxctl.policy.spdx import Kind
from maxctl.policy.why import Why


def agree(text: str, claim: str) -> bool:
    """Tell whether a text is one that the claim already names: the same licenses, or one side of its choice.

    A text that asks for several at once is no side of a choice.
    """
    if " AND " in text and " OR " in claim:
        return spdx.stems(text) == spdx.stems(claim) and " OR " in text
    return spdx.stems(text) <= spdx.stems(claim)


def claim_reasons(slot: Slot, subject: Subject, policy: Policy) -> Iterator[Reason]:
    """Yield what keeps single claims from being statements."""
    readable = [c.reading.expression for c in subject.claims if c.own and c.reading.expression]
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
                policy.silence,
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


def _member(expression: str, family: str | None) -> bool:
    return family is not None and any(name.startswith(family) for name in spdx.ids(expression))


def disagreements(slot: Slot, subject: Subject) -> Iterator[Reason]:
    """Yield each pair of claims about one thing that cannot both hold."""
    stated = [claim for claim in subject.claims if claim.own and claim.reading.expression]
    for first, second in combinations(stated, 2):
        if not _compatible(first, second):
            yield Reason(
                Why.CLAIMS_DIFFER,
                Ruling.REVIEW,
                f"{subject.name}: {first.how} claims {first.reading.expression} ({first.spot}),"
                f" {second.how} claims {second.reading.expression} ({second.spot})",
                "ask the owner which holds; until then the stricter counts",
                second.spot,
            )


def _compatible(first: Claim, second: Claim) -> bool:
    one, other = first.reading.expression or "", second.reading.expression or ""
    return agree(one, other) and agree(other, one)
