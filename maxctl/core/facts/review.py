"""What `review` tells: who approved what, and whether it still counts."""

from __future__ import annotations

from datetime import date
from typing import Literal

from maxctl.core.facts import Facts, Table

ApprovalState = Literal[
    "valid",
    "void",
    "expired",
    "rejected",
    "bad signature",
    "unknown key",
    "unknown reviewer",
    "role not held",
    "other model",
    "malformed",
]


class ApprovalFacts(Facts):
    """One file of `approvals/`, as it stands today. Whatever is not `valid` fails the review."""

    role: str
    reviewer: str
    name: str
    author: bool
    """Whether the approver made what is approved."""
    path: str
    """Its file, below `approvals/`."""
    state: ApprovalState
    reason: str = ""
    """What makes it count no more, in words."""
    comment: str = ""
    """What the approver wrote."""
    expires: date | None = None
    """The last day on which it counts."""


class DemandFacts(Facts):
    """What a role has to give, and what it gave."""

    role: str
    approvals: int
    independent: int
    given: int
    given_independent: int
    why: str = ""
    """Why this role is asked, where the spec does not say so itself."""


class ReviewFacts(Facts):
    """The subject of the review by its parts' digests, the demands, and the approvals."""

    subject: dict[str, str]
    """Name of each part that an approval is bound to, with its digest."""
    demands: tuple[DemandFacts, ...]
    approvals: tuple[ApprovalFacts, ...]
    not_applicable: tuple[str, ...] = ()
    """Steps that had nothing to do, with their reasons: the reviewer has to see them."""

    def tables(self) -> tuple[Table, ...]:
        """Return the demands, the approvals, and what a reviewer must know."""
        demands = tuple(
            (d.role, f"{d.given} of {d.approvals}", f"{d.given_independent} of {d.independent}", d.why)
            for d in self.demands
        )
        approvals = tuple(
            (a.role, a.name, a.state, a.reason or "; ".join(filter(None, (a.path, a.comment, _until(a)))))
            for a in self.approvals
        )
        tables = [Table("approvals asked for", ("role", "given", "not by authors", "why"), demands)]
        if approvals:
            tables.append(Table("approvals", ("role", "by", "state", "why, or where"), approvals))
        if self.not_applicable:
            rows = tuple((text,) for text in self.not_applicable)
            tables.append(Table("not applicable", ("step and reason",), rows))
        return tuple(tables)


def _until(approval: ApprovalFacts) -> str:
    return f"until {approval.expires}" if approval.expires else ""
