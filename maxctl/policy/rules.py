"""The policy file: who may use what for what, and the refusal of policies that contradict themselves."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.core import yaml
from maxctl.core.errors import InvalidFileError
from maxctl.core.spec import Slot
from maxctl.policy.catalog import Catalog
from maxctl.policy.datasets import PerUseCase
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.ruling import Ruling

UseCase = Literal["commercial", "internal", "research"]
Cautious = Literal[Ruling.REVIEW, Ruling.DENY]


class PolicyError(InvalidFileError):
    """A policy is malformed, names what does not exist, or contradicts itself."""


class NotAGrant(BaseModel):
    """Categories and ids of texts that decide nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    categories: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


class CategoryRule(PerUseCase):
    """What holds for every license of a category."""

    category: str
    reason: str = Field(min_length=1)
    obligation: str | None = None


class LicenseRule(PerUseCase):
    """What holds for single licenses, in some slots or in all."""

    ids: tuple[str, ...] = Field(min_length=1)
    slots: tuple[Slot, ...] = Field(default=tuple(Slot), min_length=1)
    reason: str = Field(min_length=1)


class PolicyFile(BaseModel):
    """licenses/policy.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1]
    name: str = Field(min_length=1)
    silence: Cautious
    unknown: Cautious
    not_a_grant: NotAGrant = NotAGrant()
    categories: tuple[CategoryRule, ...]
    licenses: tuple[LicenseRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A ruling on one license, by which rule, and why, in words."""

    ruling: Ruling
    rule: str
    reason: str
    obligations: tuple[str, ...] = ()


class Policy:
    """A policy that was checked, with the knowledge that it stands on."""

    def __init__(self, file: PolicyFile, catalog: Catalog, knowledge: Knowledge) -> None:
        self.name, self.catalog, self.knowledge = file.name, catalog, knowledge
        self.silence, self.unknown = Ruling(file.silence), Ruling(file.unknown)
        self._categories = {rule.category: rule for rule in file.categories}
        self._licenses = {
            (name, slot): rule for rule in file.licenses for name in rule.ids for slot in rule.slots
        }
        self._mute = file.not_a_grant

    def counts(self, license_id: str) -> bool:
        """Tell whether a license found in a text decides anything."""
        return (
            license_id not in self._mute.ids
            and self.catalog.category(license_id) not in self._mute.categories
        )

    def decide(self, license_id: str, slot: Slot, use_case: str) -> Decision:
        """Return the decision about one license (`X WITH Y` counts as one) in a slot, for a use case."""
        base = license_id.partition(" WITH ")[0]
        for name in dict.fromkeys((license_id, base)):
            rule = self._licenses.get((name, slot))
            if rule is not None:
                return Decision(rule.of(use_case), f"licenses: {name}", rule.reason, self._obligations(base))
        known = self.knowledge.find(base)
        if known is not None:
            return Decision(
                known.verdict.of(use_case), f"AI license {known.id}", known.terms(), known.obligations()
            )
        category = self.catalog.category(base)
        found = self._categories.get(category) if category is not None else None
        if found is None:
            return Decision(self.unknown, "unknown", f"nobody knows a license `{base}`")
        return Decision(
            found.of(use_case), f"category {found.category}", found.reason, self._obligations(base)
        )

    def _obligations(self, license_id: str) -> tuple[str, ...]:
        category = self.catalog.category(license_id)
        found = self._categories.get(category) if category is not None else None
        return (found.obligation,) if found and found.obligation else ()


def load(path: Path, catalog: Catalog, knowledge: Knowledge, name: str | None = None) -> Policy:
    """Return the policy in a file; raises `PolicyError` with every fault, its place and its mend."""
    shown = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(
            f"there is no policy {shown}", hint="name an existing file under licensing.policy"
        ) from None
    except UnicodeDecodeError as fault:
        raise PolicyError(f"{shown} is not UTF-8 text", problems=(f"byte {fault.start}",)) from None
    return read(text, catalog, knowledge, shown)


def read(text: str, catalog: Catalog, knowledge: Knowledge, name: str = "policy.yaml") -> Policy:
    """Return the policy in a text; raises `PolicyError` with every fault, its place and its mend."""
    document = yaml.parse(text, name, PolicyError)
    file = yaml.validate(document, PolicyFile, PolicyError)
    found = sorted((document.at(at), message) for at, message in _faults(file, catalog, knowledge))
    if found:
        problems = tuple(f"{name}:{line}:{column}: {message}" for (line, column), message in found)
        raise PolicyError(f"{name} cannot be used as a policy", problems=problems)
    return Policy(file, catalog, knowledge)


Place = tuple[str | int, ...]


def _faults(file: PolicyFile, catalog: Catalog, knowledge: Knowledge) -> Iterator[tuple[Place, str]]:
    decided: dict[str, int] = {}
    for index, rule in enumerate(file.categories):
        at: Place = ("categories", index, "category")
        yield from _unknown_category(rule.category, at, catalog)
        if rule.category in decided:
            yield (
                at,
                (
                    f"`{rule.category}` is decided twice, first in categories[{decided[rule.category]}];"
                    " keep one of them"
                ),
            )
        decided.setdefault(rule.category, index)
    for index, category in enumerate(file.not_a_grant.categories):
        at = ("not_a_grant", "categories", index)
        yield from _unknown_category(category, at, catalog)
        if category in decided:
            yield at, f"`{category}` is also decided in categories[{decided[category]}]; keep one of them"
    missing = sorted(set(catalog.categories) - decided.keys() - set(file.not_a_grant.categories))
    if missing:
        yield ("categories",), f"nothing is decided about the categories {', '.join(missing)}; add them"
    taken: dict[tuple[str, Slot], str] = {}
    for index, name in enumerate(file.not_a_grant.ids):
        yield from _unknown_id(name, ("not_a_grant", "ids", index), catalog, knowledge)
        taken |= {(name, slot): "not_a_grant" for slot in Slot}
    for index, rule_ in enumerate(file.licenses):
        for place, name in enumerate(rule_.ids):
            at = ("licenses", index, "ids", place)
            yield from _unknown_id(name, at, catalog, knowledge)
            for slot in dict.fromkeys(rule_.slots):
                if (name, slot) in taken:
                    yield (
                        at,
                        f"`{name}` is decided twice for {slot}, first in {taken[name, slot]}; keep one of them",
                    )
                taken.setdefault((name, slot), f"licenses[{index}]")


def _unknown_category(name: str, at: Place, catalog: Catalog) -> Iterator[tuple[Place, str]]:
    if name not in catalog.categories:
        close = difflib.get_close_matches(name, catalog.categories, n=1, cutoff=0.5)
        mend = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(catalog.categories)}"
        yield at, f"there is no license category `{name}`; {mend}"


def _unknown_id(name: str, at: Place, catalog: Catalog, knowledge: Knowledge) -> Iterator[tuple[Place, str]]:
    base, _, exception = name.partition(" WITH ")
    canonical = catalog.canonical(base)
    if exception and catalog.exception(exception) != exception:
        yield at, f"nobody knows the exception `{exception}`; SPDX lists the exceptions"
    if canonical is None and knowledge.find(base) is None and not base.startswith("LicenseRef-"):
        close = catalog.closest(base)
        yield (
            at,
            f"nobody knows a license `{base}`; "
            + (f"did you mean `{close}`?" if close else "SPDX lists the ids"),
        )
    elif canonical is not None and canonical != base:
        yield at, f"`{base}` is spelled `{canonical}`"
