"""The kinds of input by name: what a request carries, and what a model of each kind is warmed up with."""

from __future__ import annotations

from .audio import AudioInput
from .image import ImageInput
from .interface import InputKind, Limits
from .table import TableInput
from .text import TextInput

__all__ = ["InputKind", "Limits", "find", "names"]

_KINDS: dict[str, InputKind] = {
    kind.name: kind for kind in (ImageInput(), AudioInput(), TextInput(), TableInput())
}


def names() -> list[str]:
    """Return every kind that `service.json` may name."""
    return sorted(_KINDS)


def find(name: str) -> InputKind:
    """Return the kind; KeyError where there is no such name."""
    return _KINDS[name]
