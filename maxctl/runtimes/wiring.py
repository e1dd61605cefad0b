"""How the operators of a model hang together, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Node(NamedTuple):
    """One operator, by the name that its format gives it."""

    operator: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Operators, and the tensors between them."""

    nodes: tuple[Node, ...]
    inputs: Mapping[str, str]
    """Input -> the tensor that it is."""
    outputs: Mapping[str, str]
    """Output -> the tensor that it is."""
