"""Texts on their way to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .options import Array


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one request, in their order. `field` is what their caller calls them."""

    texts: tuple[str, ...]
    field: str = "text"

    def with_texts(self, texts: tuple[str, ...]) -> Texts:
        """Return other texts in their place."""
        return Texts(texts, self.field)

    def tensors(self) -> dict[str | None, Array]:
        """Raise ValueError: a step or a hook has to say how the model takes them."""
        raise ValueError("say how the model takes texts: add a tokenize step, strings, or a hook")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts as numbers: the model's inputs by name, and `mask`, int64 [N,T], 1 where a token is, 0 for padding."""

    named: Mapping[str, Array]
    mask: Array

    def tensors(self) -> dict[str | None, Array]:
        """Return the inputs."""
        return dict(self.named.items())
