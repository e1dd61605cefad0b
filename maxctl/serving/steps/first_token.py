"""The first token's vector stands for the text."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .texts import Tokens
from .value import Context
from .vectors import Vectors


class FirstToken(Postprocess):
    """Take the vector of the first token that is no padding: `[CLS]` in models like BERT."""

    step: Literal["first_token"] = "first_token"

    def apply(self, value: Vectors, context: Context) -> Vectors:
        """Return one vector for each item."""
        tokens = value.of_tokens(self.step)
        first = np.argmax(context.source.mask, axis=1) if isinstance(context.source, Tokens) else None
        return Vectors(first_token(tokens, first))


def first_token(tokens: Array, first: Array | None = None) -> Array:
    """Return [N,D] of [N,T,D]; `first` [N] says where each text begins, None: at 0."""
    found: Array = tokens[np.arange(len(tokens)), 0 if first is None else first]
    return found
