"""Texts: JSON `{"text": ["…", "…"]}`, or one text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from ..errors import INVALID_PAYLOAD, BadInputError, shorten  # noqa: TID252
from ..steps.texts import Texts  # noqa: TID252
from .interface import InputKind, Limits

MAX_CHARACTERS = 1_000_000
SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON can hold halves of surrogate pairs, which stand for no character."""


class TextInput(InputKind):
    """One text, or a list of them."""

    name: ClassVar[str] = "text"
    carried: ClassVar[Literal["file", "json"]] = "json"
    default_field: ClassVar[str] = "text"
    help: ClassVar[str] = "A text, or a list of texts"
    datatypes: ClassVar[tuple[str, ...]] = ("BYTES",)

    def decode(self, data: bytes, limits: Limits, field: str) -> Texts:
        """Return the texts in a JSON string or list of strings."""
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BadInputError(INVALID_PAYLOAD, {field: f"must be JSON ({type(error).__name__})"}) from None
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise BadInputError(
                INVALID_PAYLOAD, {field: f"must be a text or a list of texts, not {shorten(value)}"}
            )
        if any(map(SURROGATE.search, texts)):
            raise BadInputError(
                INVALID_PAYLOAD, {field: "must be Unicode: it holds half of a surrogate pair"}
            )
        return self._checked(texts, limits, field)

    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Texts:
        """Return the texts in BYTES elements, UTF-8."""
        try:
            texts = [bytes(one).decode("utf-8") for one in data]
        except UnicodeDecodeError as error:
            raise BadInputError(f"input {field}: the elements must be UTF-8 ({error.reason})") from None
        return self._checked(texts, limits, field)

    def _checked(self, texts: list[str], limits: Limits, field: str) -> Texts:
        if len(texts) > limits.items:
            raise BadInputError(
                INVALID_PAYLOAD, {field: f"{len(texts)} texts are more than the {limits.items} allowed"}
            )
        if sum(map(len, texts)) > MAX_CHARACTERS:
            raise BadInputError(
                INVALID_PAYLOAD, {field: f"the texts are longer than {MAX_CHARACTERS} characters"}
            )
        return Texts(tuple(texts), field)

    def example(self) -> Texts:
        """Return a sentence."""
        return Texts(("The quick brown fox jumps over the lazy dog.",))

    def tensor_shape(self) -> list[int]:
        """Return that any number of texts may come."""
        return [-1]

    def json_schema(self, limits: Limits, steps: Sequence[Any] = ()) -> dict[str, Any]:
        """Return a text or a list of texts."""
        text = {"type": "string", "maxLength": MAX_CHARACTERS}
        texts = {"type": "array", "minItems": 1, "maxItems": limits.items, "items": text}
        return {"anyOf": [text, texts], "example": "The quick brown fox jumps over the lazy dog."}
