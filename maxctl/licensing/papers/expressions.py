"""The licenses of an evaluation, by id, with the parts of the model that each was found in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maxctl.licensing.papers.places import Document, judged
from maxctl.policy import spdx

NOT_LICENSES = ("NOASSERTION", "NONE")


def valid(expression: str) -> bool:
    """Tell whether this is an SPDX expression that names licenses."""
    try:
        return not any(name in NOT_LICENSES for name in spdx.ids(expression))
    except ValueError:
        return False


def ids(expression: str | None) -> tuple[str, ...]:
    """Return the licenses of an expression, `X WITH Y` as one; of what is no expression, itself as it stands."""
    if not expression:
        return ()
    try:
        found = spdx.ids(expression)
    except ValueError:
        found = (expression,)
    return tuple(name for name in found if name not in NOT_LICENSES)


def origins(document: Document) -> dict[str, tuple[str, ...]]:
    """Return the slots that each license id belongs to: where it was concluded, or detected in a file."""
    found: dict[str, dict[str, None]] = {}
    for name, slot in judged(document):
        for expression in _of(slot):
            for license_ in ids(expression):
                found.setdefault(license_, {})[name] = None
    return {license_: tuple(slots) for license_, slots in found.items()}


def _of(slot: Mapping[str, Any]) -> Iterable[str | None]:
    yield slot["concluded"]
    yield from (one["expression"] for one in slot["evidence"])
    yield from (one["license"] for one in slot["datasets"])
    yield from (one["license"] for one in slot["base_models"])
