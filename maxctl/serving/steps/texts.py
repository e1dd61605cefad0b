"""Texts on their way to the model."""

from __future__ import annotations

from dataclasses import dataclass

from .options import Array


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one request, in their order."""

    texts: tuple[str, ...]

    def tensors(self) -> dict[str | None, Array]:
        """Raise ValueError: no model takes characters; a step or a hook has to make numbers of them."""
        raise ValueError("texts must be made into numbers before the model: add a tokenize step, or a hook")
