"""Texts without capital letters."""

from __future__ import annotations

from typing import Any, Literal

from .options import Preprocess
from .texts import Texts


class Lowercase(Preprocess):
    """Make every letter small, in all scripts, as Python's `str.lower` does."""

    step: Literal["lowercase"] = "lowercase"

    def apply(self, value: Any) -> Texts:
        """Return the texts in lower case."""
        if not isinstance(value, Texts):
            raise self.refuse(value)
        return value.with_texts(tuple(text.lower() for text in value.texts))
