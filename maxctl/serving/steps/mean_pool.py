"""The mean of the tokens' vectors stands for the text."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .options import Array, Postprocess
from .texts import Tokens
from .value import Context
from .vectors import Vectors


class MeanPool(Postprocess):
    """Average over the tokens; for texts only over those that are no padding."""

    step: Literal["mean_pool"] = "mean_pool"

    def apply(self, value: Vectors, context: Context) -> Vectors:
        """Return one vector for each item."""
        tokens = value.of_tokens(self.step)
        mask = (
            context.source.mask if isinstance(context.source, Tokens) else np.ones(tokens.shape[:2], np.int64)
        )
        return Vectors(mean_pool(tokens, mask))


def mean_pool(tokens: Array, mask: Array) -> Array:
    """Return float32 [N,D]: the mean of [N,T,D] where `mask` [N,T] is 1, as Sentence Transformers pools."""
    if tokens.shape[:2] != mask.shape:
        raise ValueError(
            f"mean_pool: vectors for {list(tokens.shape[:2])} tokens, but {list(mask.shape)} were sent"
        )
    weights = mask[:, :, np.newaxis].astype(np.float32)
    total: Array = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), np.float32(1e-9))
    return total
