"""Policies that extend one another: maxctl's default, the organization's, the model's; the upper one wins."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maxctl.core import digest, resources, yaml
from maxctl.core.errors import InvalidFileError
from maxctl.core.slot import Slot
from maxctl.core.yaml import Document
from maxctl.policy.catalog import current
from maxctl.policy.organization import Organization
from maxctl.policy.policy_file import (
    CategoryRule,
    ClauseRule,
    LicenseRule,
    PolicyFile,
    RoleRule,
    SetRule,
    StatedRule,
)
from maxctl.policy.ruling import Ruling
from maxctl.policy.waivers import Waiver

VARIABLE = "MAXCTL_POLICY"
"""Names the organization's policy."""


class PolicyError(InvalidFileError):
    """A policy is malformed, names what does not exist, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy file, as it was read."""

    shown: str
    file: PolicyFile
    document: Document
    digest: str
    shipped: bool = False


def of_organization(environment: Mapping[str, str], option: Path | None = None) -> Path | None:
    """Return where the organization's policy stands: the option, else the variable, else None.

    Raises `PolicyError` where that names no file.
    """
    named = option or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    if named is not None and not named.is_file():
        raise PolicyError(
            f"there is no policy of the organization at {named}",
            hint=f"name an existing file in {VARIABLE}, or unset it",
        )
    return named


def stack(
    path: Path | None,
    shown: str | None = None,
    *,
    organization: Path | None = None,
    root: Path | None = None,
) -> tuple[Layer, ...]:
    """Return the layers that a model's policy stands on, itself last; without one, what holds for every model.

    `extends: default` means the organization's policy in a model's, maxctl's own otherwise. No `extends` may
    leave `root` (by default the folder of the file). Raises `PolicyError`.
    """
    if path is not None and organization is not None and path.resolve() == organization.resolve():
        organization = None

    def below() -> tuple[Layer, ...]:
        if organization is None:
            return (_shipped(),)
        inside = organization.resolve().parent
        return _chain(
            organization, f"the organization's {organization.name}", inside, lambda: (_shipped(),), ()
        )

    if path is None:
        return below()
    return _chain(path, shown or path.name, (root or path.parent).resolve(), below, ())


def of_text(text: str, shown: str) -> tuple[Layer, ...]:
    """Return the layers of a policy that stands in no file: it extends maxctl's own, or nothing."""
    layer = _layer(text.encode(), shown)
    if layer.file.extends == "default":
        return _shipped(), layer
    if layer.file.extends is not None:
        raise _fault(layer, "a text without a place extends nothing but `default`")
    return (layer,)


def _shipped() -> Layer:
    path = resources.path("licenses") / "policy.yaml"
    return _layer(path.read_bytes(), "maxctl's policy.yaml", shipped=True)


def _chain(
    path: Path, shown: str, root: Path, below: Callable[[], tuple[Layer, ...]], seen: tuple[Path, ...]
) -> tuple[Layer, ...]:
    layer = _layer(_content(path, shown), shown, shipped=path == resources.path("licenses") / "policy.yaml")
    extends = layer.file.extends
    if extends is None:
        return (layer,)
    if extends == "default":
        return (*below(), layer)
    seen = (*seen, path.resolve())
    target = (path.parent / extends).resolve()
    if PurePosixPath(extends).is_absolute() or not target.is_relative_to(root):
        raise _fault(layer, f"`{extends}` leads out of the folder of policies; copy that policy into it")
    if target in seen:
        raise _fault(layer, f"`{extends}` extends this policy in turn; let one of them extend `default`")
    if not target.is_file():
        raise _fault(layer, f"there is no policy `{extends}`; name one relative to this file, or `default`")
    shown_next = posixpath.normpath(posixpath.join(posixpath.dirname(shown), extends))
    return (*_chain(target, shown_next, root, below, seen), layer)


def _content(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise PolicyError(
            f"there is no policy {shown}", hint="name an existing file under licensing.policy"
        ) from None
    except OSError as fault:
        raise PolicyError(f"{shown} cannot be read: {fault.strerror}", hint="name a readable file") from None


def _layer(content: bytes, shown: str, *, shipped: bool = False) -> Layer:
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        raise PolicyError(f"{shown} is not UTF-8 text", problems=(f"byte {fault.start}",)) from None
    document = yaml.parse(text, shown, PolicyError)
    file = yaml.validate(document, PolicyFile, PolicyError)
    return Layer(shown, file, document, digest.of_bytes(content), shipped)


def _fault(layer: Layer, message: str) -> PolicyError:
    line, column = layer.document.at(("extends",))
    problem = f"{layer.shown}:{line}:{column}: extends: {message}"
    return PolicyError(f"{layer.shown} cannot be used as a policy", problems=(problem,))


@dataclass(slots=True)
class Rules:
    """The rules of all layers together, each with the layer that it comes from (empty for maxctl's own)."""

    silence: Ruling = Ruling.REVIEW
    unknown: Ruling = Ruling.REVIEW
    muted_categories: set[str] = field(default_factory=set)
    muted_ids: set[str] = field(default_factory=set)
    categories: dict[str, tuple[CategoryRule, str]] = field(default_factory=dict)
    licenses: dict[tuple[str, Slot], tuple[LicenseRule, str]] = field(default_factory=dict)
    unknown_data: Ruling = Ruling.REVIEW
    stated_data: StatedRule | None = None
    roles: dict[str, RoleRule] = field(default_factory=dict)
    clauses: dict[frozenset[str], tuple[ClauseRule, str]] = field(default_factory=dict)
    sets: dict[str, tuple[SetRule, str]] = field(default_factory=dict)
    organization: Organization = field(default_factory=Organization)
    waivers: dict[object, Waiver] = field(default_factory=dict)


def merge(layers: tuple[Layer, ...]) -> Rules:
    """Return the rules of all layers; what an upper one decides replaces what a lower one does about the same."""
    rules = Rules()
    for layer in layers:
        _add(rules, layer.file, "" if layer.shipped or len(layers) == 1 else f" ({layer.file.name})")
    return rules


def _add(rules: Rules, file: PolicyFile, label: str) -> None:
    rules.silence = file.silence or rules.silence
    rules.unknown = file.unknown or rules.unknown
    for category in file.not_a_grant.categories:
        rules.muted_categories.add(category)
        rules.categories.pop(category, None)
    for rule in file.categories:
        rules.muted_categories.discard(rule.category)
        rules.categories[rule.category] = (rule, label)
    rules.muted_ids |= {current(name) for name in file.not_a_grant.ids}
    for decided in file.licenses:
        for name in map(current, decided.names):
            rules.muted_ids.discard(name)
            rules.licenses |= {(name, slot): (decided, label) for slot in decided.slots}
    rules.unknown_data = file.data.unknown or rules.unknown_data
    rules.stated_data = file.data.stated or rules.stated_data
    rules.roles |= {role.role: role for role in file.data.roles}
    rules.clauses |= {frozenset(clause.when): (clause, label) for clause in file.data.clauses}
    rules.sets |= {name.lower(): (one, label) for one in file.data.sets for name in one.ids}
    stated = file.organization.model_dump(exclude_none=True)
    rules.organization = rules.organization.model_copy(update=stated)
    for waiver in file.waivers:
        rules.waivers[(waiver.slot, waiver.what)] = waiver
