"""A sound at the level that the model was trained with."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from .options import Array, Preprocess
from .sound import Sound


class NormalizeAudio(Preprocess):
    """Scale each item so that its peak or its root mean square is `level`.

    `mean-variance` subtracts the mean and divides by the root of the variance + 1e-7, as the feature extractors of
    wav2vec 2.0 do; `level` has no part in it. Silence stays silence.
    """

    step: Literal["normalize_audio"] = "normalize_audio"
    by: Literal["peak", "rms", "mean-variance", "none"] = "peak"
    level: float = Field(default=1.0, gt=0, le=32768)

    def apply(self, value: Any) -> Sound:
        """Return the sound, or each of its windows, at that level."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        value.waveform(self.step)
        return value.with_samples(value.with_items(normalize_audio(value.items(), self)))


def normalize_audio(items: Array, options: NormalizeAudio) -> Array:
    """Return float32 [W,...] with each item at its level; the sums are in double precision."""
    if options.by == "none":
        return items
    axes = tuple(range(1, items.ndim))
    if options.by == "mean-variance":
        mean = items.mean(axis=axes, dtype=np.float64, keepdims=True)
        variance = items.var(axis=axes, dtype=np.float64, keepdims=True)
        even: Array = ((items - mean) / np.sqrt(variance + 1e-7)).astype(np.float32)
        return even
    if options.by == "peak":
        loud = np.abs(items).max(axis=axes, keepdims=True).astype(np.float64)
    else:
        loud = np.sqrt(np.square(items, dtype=np.float64).mean(axis=axes, keepdims=True))
    scaled: Array = items * np.divide(options.level, loud, out=np.ones_like(loud), where=loud > 0)
    return scaled.astype(np.float32)
