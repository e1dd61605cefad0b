"""The policy: what may be done under a license, with a data set, and what is waived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from maxctl.core import digest
from maxctl.core.slot import Slot
from maxctl.policy import contradictions, data_rules, layers, obligations, waivers
from maxctl.policy.catalog import Catalog, current
from maxctl.policy.data_rules import DataDecision
from maxctl.policy.datasets import Datasets, KnownDataset
from maxctl.policy.knowledge import AiLicense, Knowledge
from maxctl.policy.layers import Layer, PolicyError
from maxctl.policy.obligations import Obligation
from maxctl.policy.organization import measure
from maxctl.policy.policy_file import CategoryRule
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.use import Case, Delivery, Use
from maxctl.policy.waivers import Waiver

__all__ = ("Decision", "Policy", "PolicyError", "UseCase", "load", "read")

UseCase = Literal["commercial", "internal", "research"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A ruling on one license, by which rule (with its layer in brackets), and why, in words."""

    ruling: Ruling
    rule: str
    reason: str
    duties: tuple[Obligation, ...] = ()
    source: str | None = None
    """Where the terms of an AI license were read."""
    change: str = ""
    """What the reader can state so that a limit is measured; empty where nothing is missing."""
    recordable: bool = False
    """Whether all limits were measured and kept, so that accepting the duties is all that is left to decide."""

    @property
    def obligations(self) -> tuple[str, ...]:
        """The duties in words."""
        return tuple(str(duty) for duty in self.duties)


class Policy:
    """A policy that was checked, with the knowledge that it stands on."""

    def __init__(self, stack: tuple[Layer, ...], catalog: Catalog, knowledge: Knowledge) -> None:
        self.layers, self.catalog, self.knowledge = stack, catalog, knowledge
        self.name = stack[-1].file.name
        self._rules = layers.merge(stack)
        self.silence, self.unknown = self._rules.silence, self._rules.unknown
        self.organization = self._rules.organization
        self.waivers = tuple(self._rules.waivers.values())

    @property
    def digest(self) -> str:
        """The digest of the file, or of all layers where there are several."""
        told = [layer.digest for layer in self.layers]
        return told[0] if len(told) == 1 else digest.of_value(told)

    def counts(self, license_id: str) -> bool:
        """Tell whether a license found in a text decides anything."""
        name = current(license_id)
        if name in self._rules.muted_ids:
            return False
        if self.catalog.category(license_id) not in self._rules.muted_categories:
            return True
        return any((name, slot) in self._rules.licenses for slot in Slot)

    def decide(self, license_id: str, slot: Slot, use: Use | str) -> Decision:
        """Return the decision about one license (`X WITH Y` counts as one) in a slot; a string is a use case."""
        use = Use.of(use)
        base, _, exception = license_id.partition(" WITH ")
        for name in dict.fromkeys((license_id, base)):
            by_id = self._rules.licenses.get((current(name), slot))
            if by_id is not None:
                rule, label = by_id
                duties = self._asked(base) if rule.obligations is None else rule.obligations
                asked = obligations.asked(duties, use)
                found = Decision(rule.of(use), f"licenses: {name}{label}", rule.reason, asked)
                return found if name == current(license_id) else self._excepted(found, exception)
        return self._excepted(self._of_base(base, use), exception)

    def _excepted(self, decision: Decision, exception: str) -> Decision:
        """Return the decision on a license with an exception: one that nobody knows may take anything back."""
        if not exception or self.catalog.exception(exception) is not None:
            return decision
        if self.unknown.rank <= decision.ruling.rank:
            return decision
        return Decision(self.unknown, "unknown", f"nobody knows an exception `{exception}`")

    def _of_base(self, base: str, use: Use) -> Decision:
        """Return the decision on a license that no rule names."""
        known = self.knowledge.find(base)
        if known is not None:
            return self._ai(known, use)
        found = self._category(base)
        if found is None:
            return Decision(self.unknown, "unknown", f"nobody knows a license `{base}`")
        category, label = found
        return Decision(
            category.of(use),
            f"category {category.category}{label}",
            category.reason,
            obligations.asked(self._asked(base), use),
        )

    def other_uses(self, license_id: str, slot: Slot, use: Use | str) -> tuple[Use, ...]:
        """Return the uses for which the ruling would be milder: one case or one delivery away, or both."""
        now = self.decide(license_id, slot, use).ruling
        every = (Use(case, delivery) for case in Case for delivery in Delivery)
        return tuple(one for one in every if self.decide(license_id, slot, one).ruling.rank < now.rank)

    def data(
        self, known: KnownDataset | None, use: Use | str, role: str = "training", *, name: str | None = None
    ) -> DataDecision:
        """Return the decision about a data set in a role; `name` is how one that nobody knows is called."""
        return data_rules.decide(self._rules, known, Use.of(use), role, name)

    def data_stated(self, license_id: str, use: Use | str) -> DataDecision:
        """Return the decision about a license that someone states for the data, with no data set named."""
        decision = self.decide(license_id, Slot.DATA, use)
        category = self.catalog.category(license_id.partition(" WITH ")[0])
        return data_rules.stated(
            self._rules, decision.ruling, decision.rule, decision.reason, category, decision.duties
        )

    def waived(
        self,
        slot: Slot,
        code: str | None = None,
        license: str | None = None,
        dataset: str | None = None,
        path: str | None = None,
        *,
        today: date,
        ruling: Ruling = Ruling.REVIEW,
    ) -> Waiver | None:
        """Return the waiver in force that changes the ruling on what was found; `Waiver.applied` says to what."""
        return waivers.find(self.waivers, slot, ruling, code, license, dataset, path, today)

    def _ai(self, known: AiLicense, use: Use) -> Decision:
        """Return the decision about an AI license; its limits are asked for where it does not allow the use anyway."""
        ruling, rule = known.verdict.of(use), f"AI license {known.id}"
        duties = obligations.asked(known.obligations(), use)
        measured = measure(known, self.organization)
        if ruling is not Ruling.REVIEW or not measured.told:
            return Decision(ruling, rule, known.terms(), duties, known.source)
        keys = " and ".join(f"organization.{key}" for key in measured.unstated)
        change = f"state {keys} in the policy, so that its limits can be measured" if keys else ""
        reason = "; ".join((known.terms(), *measured.told, *((change,) if change else ())))
        ruling = worst((ruling, measured.ruling))
        recordable = ruling is Ruling.REVIEW and measured.ruling is Ruling.ALLOW
        return Decision(ruling, rule, reason, duties, known.source, change, recordable)

    def _category(self, license_id: str) -> tuple[CategoryRule, str] | None:
        category = self.catalog.category(license_id)
        return self._rules.categories.get(category) if category is not None else None

    def _asked(self, license_id: str) -> tuple[Obligation, ...]:
        known = self.knowledge.obligations(license_id)
        if known is not None:
            return known
        found = self._category(license_id)
        return found[0].obligations if found else ()


def load(
    path: Path | None,
    catalog: Catalog,
    knowledge: Knowledge,
    name: str | None = None,
    *,
    organization: Path | None = None,
    root: Path | None = None,
    datasets: Datasets | None = None,
) -> Policy:
    """Return the policy in a file, with all that it extends (`layers.stack`); None: what holds for every model.

    With `datasets` the names of data sets are checked too. Raises `PolicyError` with every fault, its place
    and its mend.
    """
    return _checked(
        layers.stack(path, name, organization=organization, root=root), catalog, knowledge, datasets
    )


def read(text: str, catalog: Catalog, knowledge: Knowledge, name: str = "policy.yaml") -> Policy:
    """Return the policy in a text; raises `PolicyError` with every fault, its place and its mend."""
    return _checked(layers.of_text(text, name), catalog, knowledge, None)


def _checked(
    stack: tuple[Layer, ...], catalog: Catalog, knowledge: Knowledge, datasets: Datasets | None
) -> Policy:
    found = contradictions.problems(stack, catalog, knowledge, datasets)
    if found:
        raise PolicyError(f"{stack[-1].shown} cannot be used as a policy", problems=found)
    return Policy(stack, catalog, knowledge)
