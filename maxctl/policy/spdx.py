"""License expressions: read what people write, and judge what an expression permits."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from maxctl.policy.catalog import Catalog
from maxctl.policy.ruling import Ruling, best, worst
from maxctl.policy.spellings import FAMILIES, PLACEHOLDERS, SPELLINGS, squeeze

NON_COMMERCIAL = "LicenseRef-maxctl-non-commercial"
RESEARCH_ONLY = "LicenseRef-maxctl-research-only"
CONDITIONAL = "LicenseRef-maxctl-conditional"
COMMERCIAL_TERMS = "LicenseRef-maxctl-commercial-terms"
RESTRICTIONS = frozenset((NON_COMMERCIAL, RESEARCH_ONLY, CONDITIONAL, COMMERCIAL_TERMS))
"""What an owner forbids in so many words, whatever license stands beside them: no licenses, but judged like them."""
UNKNOWN = "LicenseRef-scancode-unknown-spdx"
"""What the scanner makes of an id in an SPDX tag that is not in the list: a license is named, but nobody knows it."""
_PLAIN = re.compile(r"""[A-Za-z0-9 .,()+_"'-]*""")


class Kind(StrEnum):
    """What a claim turned out to be."""

    STATED = "stated"
    SILENT = "silent"
    PLACEHOLDER = "placeholder"
    FAMILY = "family"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim as read: an expression with right spellings, and the ids in it that nobody knows."""

    text: str | None
    kind: Kind
    expression: str | None = None
    unknown: tuple[str, ...] = ()
    closest: str | None = None
    family: str | None = None


@cache
def _library() -> Any:
    """Return license_expression; it is untyped, and costs 40 ms only where an expression is read."""
    return importlib.import_module("license_expression")


@cache
def _licensing() -> Any:
    return _library().Licensing()


def parse(expression: str) -> Any:
    """Return the tree of an SPDX expression, its ids as they are; raises `ValueError` when it is malformed."""
    try:
        tree = _licensing().parse(expression, validate=False, strict=False, simple=True)
    except (_library().ExpressionError, _library().ParseError) as fault:
        raise ValueError(str(fault)) from None
    if tree is None:
        raise ValueError("the expression is empty")
    return tree


def read(text: str | None, catalog: Catalog, extra: Mapping[str, str | None] | None = None) -> Reading:
    """Return what a claim states.

    `extra` maps further lower-case spellings (a hub's tags) to ids, or to None where one names no one license.
    """
    if text is None:
        return Reading(None, Kind.SILENT)
    tags = extra or {}
    bare = text.strip()
    squeezed = squeeze(bare)
    if squeezed in PLACEHOLDERS:
        return Reading(text, Kind.PLACEHOLDER)
    if squeezed in FAMILIES:  # before ids: `GPL` is an old id for any version of it
        return Reading(text, Kind.FAMILY, family=FAMILIES[squeezed])
    whole = _one(bare, catalog, tags)
    if whole is not None:
        return Reading(text, Kind.STATED, whole)
    if bare.lower() in tags:
        return Reading(text, Kind.FAMILY, family="LicenseRef-")
    try:
        tree = parse(bare)
    except ValueError:
        inside = re.search(r"\(([^()]+)\)\s*$", bare)
        short = _one(inside.group(1), catalog, tags) if inside else None
        if short is not None:
            return Reading(text, Kind.STATED, short)
        return Reading(text, Kind.UNREADABLE, closest=catalog.closest(bare))
    unknown: list[str] = []

    def name(symbol: str) -> str:
        found = _one(symbol, catalog, tags)
        if found is None:
            unknown.append(symbol)
        return found or symbol

    def exception(symbol: str) -> str:
        found = catalog.exception(symbol)
        if found is None:
            unknown.append(symbol)
        return found or symbol

    expression = _render(tree, name, exception)
    closest = next((near for near in map(catalog.closest, unknown) if near), None)
    return Reading(text, Kind.STATED, expression, tuple(dict.fromkeys(unknown)), closest)


def _one(text: str, catalog: Catalog, tags: Mapping[str, str | None]) -> str | None:
    found = catalog.canonical(text)
    if found is None and text.lower() in tags:
        tagged = tags[text.lower()]
        return None if tagged is None else catalog.canonical(tagged) or tagged
    if found is None and (not _PLAIN.fullmatch(text) or text.count("(") != text.count(")")):
        return None  # squeezing would drop what it does not understand
    return found or SPELLINGS.get(squeeze(text)) or catalog.by_spelling(text)


def _render(tree: Any, name: Callable[[str], str], exception: Callable[[str], str]) -> str:
    """Return the expression with each id renamed; parts keep their order, repeated parts are left out."""
    if isinstance(tree, _library().LicenseWithExceptionSymbol):
        return f"{name(tree.license_symbol.key)} WITH {exception(tree.exception_symbol.key)}"
    if not tree.args:
        return name(tree.key)
    word = "OR" if isinstance(tree, _licensing().OR) else "AND"
    texts = dict.fromkeys(_render(part, name, exception) for part in tree.args)
    if len(texts) == 1:
        return next(iter(texts))
    return f" {word} ".join(_grouped(text) for text in texts)


def _grouped(text: str) -> str:
    return f"({text})" if " OR " in text or " AND " in text else text


def _compound(tree: Any) -> bool:
    return isinstance(tree, _licensing().OR | _licensing().AND)


def judge(expression: str, decide: Callable[[str], Ruling]) -> Ruling:
    """Return the ruling on an expression: of OR the best part, of AND the worst.

    `decide` rules on one license; for `X WITH Y` it is asked about the whole first.
    """
    return _judge(parse(expression), decide)


def _judge(tree: Any, decide: Callable[[str], Ruling]) -> Ruling:
    if isinstance(tree, _licensing().OR):
        return best(_judge(part, decide) for part in tree.args)
    if isinstance(tree, _licensing().AND):
        return worst(_judge(part, decide) for part in tree.args)
    return decide(_leaf(tree))


def _leaf(tree: Any) -> str:
    if isinstance(tree, _library().LicenseWithExceptionSymbol):
        return f"{tree.license_symbol.key} WITH {tree.exception_symbol.key}"
    return str(tree.key)


def ids(expression: str) -> tuple[str, ...]:
    """Return the licenses of an expression (`X WITH Y` counts as one), in order, once each."""
    found: dict[str, None] = {}

    def walk(tree: Any) -> None:
        if _compound(tree):
            for part in tree.args:
                walk(part)
        else:
            found[_leaf(tree)] = None

    walk(parse(expression))
    return tuple(found)


def names_unknown(name: str) -> bool:
    """Tell whether an id stands for a license, or an exception, that was named and that nobody knows."""
    return any(part.lower() == UNKNOWN.lower() for part in name.split(" WITH "))


def without(expression: str, left_out: Callable[[str], bool]) -> str | None:
    """Return an expression without some of the parts that AND joins; None where nothing is left."""
    kept = [part for part in _conjuncts(parse(expression)) if _compound(part) or not left_out(_leaf(part))]
    return all_of(_render(part, str, str) for part in kept)


def stem(name: str) -> str:
    """Return an id without what separates `-only` from `-or-later`: texts do not tell these apart."""
    plain = name.partition(" WITH ")[0]
    return re.sub(r"(-only|-or-later|\+)$", "", plain)


def stems(expression: str) -> frozenset[str]:
    """Return the stems of an expression's ids."""
    return frozenset(stem(name) for name in ids(expression))


def all_of(expressions: Iterable[str]) -> str | None:
    """Return the expressions joined by AND, each once, alphabetically; None for none."""
    parts = {_render(part, str, str) for expression in expressions for part in _conjuncts(parse(expression))}
    if not parts:
        return None
    ordered = sorted(parts, key=lambda part: (part.lower(), part))
    return " AND ".join(_grouped(part) for part in ordered) if len(ordered) > 1 else ordered[0]


def _conjuncts(tree: Any) -> Iterator[Any]:
    if isinstance(tree, _licensing().AND):
        for part in tree.args:
            yield from _conjuncts(part)
    else:
        yield tree
