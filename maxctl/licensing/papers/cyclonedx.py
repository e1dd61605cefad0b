"""The shapes that CycloneDX gives to licenses, properties and references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from maxctl.licensing.papers import expressions
from maxctl.licensing.papers.places import address, read, visible, words

Json = dict[str, Any]

PROPERTY = "maxctl:license:"


def properties(told: Iterable[tuple[str, str | None]]) -> list[Json]:
    """Return names and values as properties, without those that have no value."""
    return [{"name": PROPERTY + name, "value": words(text, 2000)} for name, text in told if text]


def licenses(found: Iterable[str | None], acknowledgement: str | None = None) -> list[Json]:
    """Return each expression as a license choice; what is no SPDX expression, by name."""
    mark = {"acknowledgement": acknowledgement} if acknowledgement else {}
    return [
        {"expression": text, **mark}
        if expressions.valid(text)
        else {"license": {"name": words(text), **mark}}
        for text in found
        if text
    ]


def occurrence(place: str, text: str = "") -> Json:
    """Return a place written `path:line`, with the words that stand there."""
    spot = read(place)
    line = {"line": spot.line} if spot.line else {}
    return {"location": visible(spot.path), **line, **({"additionalContext": text} if text else {})}


def terms_at(source: str | None) -> Json:
    """Return the reference to the address where terms were read; nothing where that is no address."""
    known = address(source or "")
    return {"externalReferences": [{"type": "license", "url": known}]} if known else {}


def without_empty(component: Json) -> Json:
    """Return what has a value: no empty list, text or part; but a name stays, which the format demands."""
    return {key: value for key, value in component.items() if value or key == "name"}


def references(prefix: str, names: Iterable[str]) -> list[str]:
    """Return a `bom-ref` for each name; what comes twice is numbered, since each must be one of its kind."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        reference = f"{prefix}/{visible(name)}"
        seen[reference] += 1
        told.append(reference if seen[reference] == 1 else f"{reference}#{seen[reference]}")
    return told
