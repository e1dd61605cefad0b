"""What keeps a policy from being used: names that nobody knows, gaps, and decisions that contradict one another."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from maxctl.core.slot import Slot
from maxctl.policy.catalog import Catalog, current
from maxctl.policy.datasets import Datasets
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.layers import Layer
from maxctl.policy.policy_file import PerUse, PolicyFile
from maxctl.policy.ruling import Ruling
from maxctl.policy.spdx import RESTRICTIONS

Place = tuple[str | int, ...]
Faults = Iterator[tuple[Place, str]]
UNSTATED = "Unstated License"
NEVER_TOGETHER = (
    {"restricts-models", "frees-models"},
    {"nc-data", "unclear-data"},
    {"withdrawn", "changed-terms"},
)


def problems(
    layers: tuple[Layer, ...], catalog: Catalog, knowledge: Knowledge, datasets: Datasets | None
) -> tuple[str, ...]:
    """Return every fault of every layer, each with file, line, column and mend."""
    told = []
    for depth, layer in enumerate(layers):
        if layer.shipped and len(layers) > 1:
            continue
        found = [*_rules(layer.file, catalog, knowledge), *_data(layer.file, datasets)]
        found += _waivers(layer.file, catalog, knowledge, datasets)
        if layer.file.extends is None:
            found += _gaps(layer.file, catalog)
        if any(other.file.name == layer.file.name for other in layers[:depth]):
            found.append(
                (("name",), f"another layer is called `{layer.file.name}`, too; give this one its own")
            )
        ordered = sorted((layer.document.at(at), message) for at, message in found)
        told += [f"{layer.shown}:{line}:{column}: {message}" for (line, column), message in ordered]
    return tuple(told)


def _rules(file: PolicyFile, catalog: Catalog, knowledge: Knowledge) -> Faults:
    decided: dict[str, int] = {}
    for index, rule in enumerate(file.categories):
        at: Place = ("categories", index, "category")
        yield from _unknown_category(rule.category, at, catalog)
        if rule.category in decided:
            first = f"categories[{decided[rule.category]}]"
            yield at, f"`{rule.category}` is decided twice, first in {first}; keep one of them"
        if rule.category == UNSTATED and _allows(rule):
            yield at, f"`{UNSTATED}` is silence, which is never allowed; write review or deny"
        decided.setdefault(rule.category, index)
    for index, category in enumerate(file.not_a_grant.categories):
        at = ("not_a_grant", "categories", index)
        yield from _unknown_category(category, at, catalog)
        if category in decided:
            yield at, f"`{category}` is also decided in categories[{decided[category]}]; keep one of them"
    taken: dict[tuple[str, Slot], str] = {}
    for index, name in enumerate(file.not_a_grant.ids):
        yield from _unknown_id(name, ("not_a_grant", "ids", index), catalog, knowledge)
        taken |= {(current(name), slot): "not_a_grant" for slot in Slot}
    for index, rule_ in enumerate(file.licenses):
        for place, name in enumerate(rule_.names):
            by_id = place < len(rule_.ids)
            at = ("licenses", index, *(("ids", place) if by_id else ("keys", place - len(rule_.ids))))
            yield from _unknown_id(name, at, catalog, knowledge) if by_id else _unknown_key(name, at, catalog)
            if catalog.category(name) == UNSTATED and _allows(rule_):
                yield (
                    at,
                    f"`{name}` says that no license is stated, which is never allowed; write review or deny",
                )
            here = f"licenses[{index}]#{place}"
            clashes: dict[str, list[Slot]] = {}
            for slot in dict.fromkeys(rule_.slots):
                first = taken.setdefault((current(name), slot), here)
                if first != here:
                    clashes.setdefault(first.partition("#")[0], []).append(slot)
            for where, slots in clashes.items():
                yield (
                    at,
                    f"`{name}` is decided twice for {', '.join(slots)}, first in {where}; keep one of them",
                )


def _data(file: PolicyFile, datasets: Datasets | None) -> Faults:
    seen: dict[object, str] = {}

    def twice(key: object, name: str, at: Place, here: str) -> Faults:
        if key in seen:
            yield at, f"{name} is decided twice, first in {seen[key]}; keep one of them"
        seen.setdefault(key, here)

    for index, role in enumerate(file.data.roles):
        yield from twice(role.role, f"`{role.role}`", ("data", "roles", index), f"data.roles[{index}]")
    for index, clause in enumerate(file.data.clauses):
        when = frozenset(clause.when)
        at: Place = ("data", "clauses", index, "when")
        yield from twice(when, f"`{', '.join(clause.when)}`", at, f"data.clauses[{index}]")
        if any(pair <= when for pair in NEVER_TOGETHER):
            yield at, f"`{', '.join(clause.when)}` never hold together; write a rule for each"
    for index, one in enumerate(file.data.sets):
        for place, name in enumerate(one.ids):
            at = ("data", "sets", index, "ids", place)
            yield from twice(("set", name.lower()), f"`{name}`", at, f"data.sets[{index}]")
            yield from _unknown_set(name, at, datasets)


def _waivers(file: PolicyFile, catalog: Catalog, knowledge: Knowledge, datasets: Datasets | None) -> Faults:
    seen: dict[object, int] = {}
    for index, waiver in enumerate(file.waivers):
        at: Place = ("waivers", index)
        key = (waiver.slot, waiver.what)
        if key in seen:
            yield at, f"this is waived twice, first in waivers[{seen[key]}]; keep one of them"
        seen.setdefault(key, index)
        if waiver.license is not None:
            yield from _unknown_id(waiver.license, (*at, "license"), catalog, knowledge)
        if waiver.dataset is not None:
            yield from _unknown_set(waiver.dataset, (*at, "dataset"), datasets)


def _gaps(file: PolicyFile, catalog: Catalog) -> Faults:
    """Yield what a policy that stands alone has to say."""
    mend = "add it, or begin with `extends: default`"
    if file.silence is None:
        yield (), f"`silence` is missing; {mend}"
    if file.unknown is None:
        yield (), f"`unknown` is missing; {mend}"
    if "data" not in file.model_fields_set:
        yield (), f"`data` is missing: nothing is decided about training data; {mend}"
    else:
        for key in ("unknown", "stated", "clauses"):
            if not getattr(file.data, key):
                yield ("data",), f"`{key}` is missing in data; {mend}"
    decided = {rule.category for rule in file.categories} | {*file.not_a_grant.categories}
    missing = sorted(set(catalog.categories) - decided)
    if missing:
        yield ("categories",), f"nothing is decided about the categories {', '.join(missing)}; add them"


def _allows(rule: PerUse) -> bool:
    cases = (rule.commercial, rule.internal, rule.research)
    return any(Ruling.ALLOW in (case.served, case.distributed) for case in cases)


def _unknown_category(name: str, at: Place, catalog: Catalog) -> Faults:
    if name not in catalog.categories:
        close = difflib.get_close_matches(name, catalog.categories, n=1, cutoff=0.5)
        mend = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(catalog.categories)}"
        yield at, f"there is no license category `{name}`; {mend}"


def _unknown_id(name: str, at: Place, catalog: Catalog, knowledge: Knowledge) -> Faults:
    base, _, exception = name.partition(" WITH ")
    canonical = catalog.canonical(base)
    if exception and catalog.exception(exception) != exception:
        yield at, f"nobody knows the exception `{exception}`; SPDX lists the exceptions"
    if canonical is not None:
        if canonical != base:
            yield at, f"`{base}` is spelled `{canonical}`"
    elif knowledge.find(base) is None and base not in (*knowledge.tags.values(), *RESTRICTIONS):
        listed = base.startswith(("LicenseRef-scancode-", "LicenseRef-maxctl-"))
        if listed or not base.startswith("LicenseRef-"):
            close = catalog.closest(base) if not listed else _closest_reference(base, catalog, knowledge)
            mend = f"did you mean `{close}`?" if close else "SPDX lists the ids"
            yield at, f"nobody knows a license `{base}`; {mend}"


def _closest_reference(name: str, catalog: Catalog, knowledge: Knowledge) -> str | None:
    known = [*catalog.references, *(entry.spdx for entry in knowledge.licenses)]
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.7)), None)


def _unknown_key(name: str, at: Place, catalog: Catalog) -> Faults:
    if catalog.canonical(name) != name:
        key = name.removeprefix("LicenseRef-scancode-")
        near = catalog.canonical(key) or catalog.closest(key)
        mend = f"its SPDX id may be `{near}`: name that under ids" if near else "name its SPDX id under ids"
        yield at, f"`{key}` is no scancode key of a license without an SPDX id; {mend}"


def _unknown_set(name: str, at: Place, datasets: Datasets | None) -> Faults:
    """A set that nobody knows may be the organization's own; one that looks like a known one is a slip."""
    if datasets is None:
        return
    known = datasets.find(name)
    if known is not None and known.id.lower() != name.lower():
        yield at, f"`{name}` is another name of `{known.id}`; write that"
    elif known is None and (close := datasets.closest(name)):
        yield at, f"nothing is known of a data set `{name}`; did you mean `{close}`?"
