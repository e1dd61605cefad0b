"""Who is ranked at all: licenses that the use case forbids, missing weights and gated weights keep a candidate out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from maxctl.core import resources
from maxctl.core.slot import Slot
from maxctl.literature.source import Candidate, Grant
from maxctl.policy import rules, spdx
from maxctl.policy.catalog import Catalog
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling

USE_CASES = get_args(rules.UseCase)


@dataclass(frozen=True, slots=True)
class Licenses:
    """What the policy says about licenses, for one use case."""

    policy: Policy
    use_case: str

    def ruling(self, grant: Grant, slot: Slot) -> Ruling | None:
        """Return the ruling on what is stated, or None where nothing is stated."""
        if grant.expression is None:
            return None
        return spdx.judge(grant.expression, lambda name: self._one(name, grant, slot))

    def _one(self, name: str, grant: Grant, slot: Slot) -> Ruling:
        decision = self.policy.decide(name, slot, self.use_case)
        if decision.rule == "unknown" and grant.commercial is False and self.use_case == "commercial":
            return Ruling.DENY  # no list knows the license, but its terms were read
        return decision.ruling


def load_policy(path: Path | None = None, name: str | None = None) -> Policy:
    """Return the project's own policy, or the one that ships with maxctl; raises `PolicyError` for a faulty one."""
    shipped = resources.path("licenses")
    catalog = Catalog.load(shipped / "categories.yaml")
    knowledge = Knowledge.load(shipped / "ai_licenses.yaml")
    return rules.load(path or shipped / "policy.yaml", catalog, knowledge, name)


def objections(candidate: Candidate, licenses: Licenses) -> tuple[str, ...]:
    """Return what keeps a candidate out, in words; nothing for one that is ranked."""
    found = []
    for slot, grant in ((Slot.CODE, candidate.code_license), (Slot.WEIGHTS, candidate.weights_license)):
        if licenses.ruling(grant, slot) is Ruling.DENY:
            found.append(
                f"the license of the {slot}, {grant.expression}, does not permit {licenses.use_case} use"
            )
    if not candidate.weights:
        found.append("no place has its weights")
    if candidate.gated:
        found.append("its weights are given to registered people only")
    return tuple(found)


def would_admit(candidate: Candidate, licenses: Licenses) -> str:
    """Return in words what would let a left-out candidate in."""
    others = [
        use_case
        for use_case in USE_CASES
        if use_case != licenses.use_case and not objections(candidate, Licenses(licenses.policy, use_case))
    ]
    if others:
        return f"would be ranked for {' or '.join(others)} use"
    return "no other use case would let it in; the objections themselves have to go"
