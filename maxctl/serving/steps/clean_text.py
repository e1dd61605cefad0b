"""Texts without what only looks different."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Literal

from .options import Preprocess
from .texts import Texts

SPACES = re.compile(r"\s+")


class CleanText(Preprocess):
    """Bring texts into one Unicode form, drop control characters, and make one blank of all white space.

    White space at the ends goes away. Each of the three can be left out.
    """

    step: Literal["clean_text"] = "clean_text"
    unicode: Literal["NFC", "NFD", "NFKC", "NFKD", "as-is"] = "NFC"
    control_characters: Literal["drop", "keep"] = "drop"
    white_space: Literal["one-blank", "keep"] = "one-blank"

    def apply(self, value: Any) -> Texts:
        """Return the texts cleaned."""
        if not isinstance(value, Texts):
            raise self.refuse(value)
        return value.with_texts(tuple(clean_text(text, self) for text in value.texts))


def clean_text(text: str, options: CleanText) -> str:
    """Return the text cleaned; tabs and line ends are white space, not control characters."""
    if options.unicode != "as-is":
        text = unicodedata.normalize(options.unicode, text)
    if options.control_characters == "drop":
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return SPACES.sub(" ", text).strip() if options.white_space == "one-blank" else text
