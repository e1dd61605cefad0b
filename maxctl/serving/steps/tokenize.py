"""Texts become the numbers of their tokens, by a `tokenizer.json` of the service's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, field_validator

from ..errors import INVALID_PAYLOAD, BadInputError, StartupError  # noqa: TID252
from .options import Array, Preprocess
from .texts import Texts, Tokens

Part = Literal["ids", "attention_mask", "type_ids"]


class Tokenize(Preprocess):
    """Tokens of each text, cut or padded to one length.

    `file` is in Hugging Face's format, inside the service's folder. `inputs` says which of the model's inputs
    takes what. A text of more than `max_length` tokens (its special ones counted) is cut there, or refused with
    `too_long: refuse`. Shorter ones are padded to the longest of the request, or to `max_length`.
    """

    step: Literal["tokenize"] = "tokenize"
    file: str = "tokenizer.json"
    inputs: dict[str, Part] = Field(
        default={"input_ids": "ids", "attention_mask": "attention_mask"}, min_length=1
    )
    dtype: Literal["int64", "int32"] = "int64"
    max_length: int = Field(ge=1, le=65536)
    too_long: Literal["cut", "refuse"] = "cut"
    pad_to: Literal["longest", "max_length"] = "longest"
    pad_side: Literal["right", "left"] = "right"
    pad_id: int = Field(default=0, ge=0)
    pad_type_id: int = Field(default=0, ge=0)
    special_tokens: bool = True
    _tokenizer: Any = PrivateAttr(default=None)

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str) -> str:
        path = PurePosixPath(file)
        if not file or path.is_absolute() or ".." in path.parts:
            raise ValueError("must be a path inside the service's folder")
        return file

    def bind(self, folder: Path) -> Self:
        """Return the step with its tokenizer, which is read once."""
        self.need("tokenizers")
        from tokenizers import Tokenizer

        path = folder / self.file
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise StartupError(f"{path}: tokenizer cannot be read ({error})") from error
        except Exception as error:  # tokenizers raises bare exceptions
            raise StartupError(f"{path}: is no tokenizer.json ({error})") from error
        tokenizer.no_padding()
        special = tokenizer.num_special_tokens_to_add(False) if self.special_tokens else 0
        if special >= self.max_length:
            raise StartupError(
                f"{path}: max_length {self.max_length} leaves no room beside {special} special tokens"
            )
        if self.too_long == "cut":
            tokenizer.enable_truncation(self.max_length)
        else:
            tokenizer.no_truncation()
        bound = self.model_copy()
        bound._tokenizer = tokenizer
        return bound

    def apply(self, value: Any) -> Tokens:
        """Return the model's inputs, each [N,T] for N texts."""
        if not isinstance(value, Texts):
            raise self.refuse(value)
        if self._tokenizer is None:
            raise ValueError("tokenize has not read its file: bind it to the service's folder first")
        return tokenize(value, self._tokenizer, self)


def tokenize(value: Texts, tokenizer: Any, options: Tokenize) -> Tokens:
    """Return what `encode_batch` of the tokenizer gives, padded; `BadInputError` names a text that does not fit.

    The texts go one by one: a batch would start threads beside those that the service has.
    """
    encodings = [tokenizer.encode(text, add_special_tokens=options.special_tokens) for text in value.texts]
    errors = {}
    for number, encoding in enumerate(encodings):
        place = f"{value.field}[{number}]" if len(encodings) > 1 else value.field
        if len(encoding.ids) > options.max_length:
            errors[place] = f"has {len(encoding.ids)} tokens; at most {options.max_length} are accepted"
        elif not encoding.ids:
            errors[place] = "holds no token: it must not be empty"
    if errors:
        raise BadInputError(INVALID_PAYLOAD, errors)
    lists: Mapping[Part, tuple[list[Sequence[int]], int]] = {
        "ids": ([one.ids for one in encodings], options.pad_id),
        "attention_mask": ([one.attention_mask for one in encodings], 0),
        "type_ids": ([one.type_ids for one in encodings], options.pad_type_id),
    }
    longest = max(len(one.ids) for one in encodings)
    length = options.max_length if options.pad_to == "max_length" else longest
    padded = {
        part: _padded(*lists[part], length, options) for part in {*options.inputs.values(), "attention_mask"}
    }
    named = {name: padded[part] for name, part in options.inputs.items()}
    return Tokens(named, padded["attention_mask"].astype(np.int64))


def _padded(rows: list[Sequence[int]], fill: int, length: int, options: Tokenize) -> Array:
    """Return [N,length] with `fill` where a row is shorter."""
    table = np.full((len(rows), length), fill, options.dtype)
    for line, row in zip(table, rows, strict=True):
        line[slice(0, len(row)) if options.pad_side == "right" else slice(length - len(row), length)] = row
    return table
