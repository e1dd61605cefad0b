"""Mel-frequency cepstral coefficients: the shape of a spectrum in a few numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from .options import Array, Preprocess
from .sound import Sound


class Mfcc(Preprocess):
    """The first `count` coefficients of the orthonormal cosine transform (type 2) of each frame's levels."""

    step: Literal["mfcc"] = "mfcc"
    count: int = Field(default=20, ge=1, le=4096)
    axes: Literal["frequency-time", "time-frequency"] = "frequency-time"
    """Those of the spectrogram; they stay."""

    def apply(self, value: Any) -> Sound:
        """Return the coefficients of a logarithmic mel spectrogram."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if value.form != "spectrogram":
            raise ValueError("mfcc takes a spectrogram: put it after mel_spectrogram and log")
        return value.with_samples(value.with_items(mfcc(value.items(), self)))


def mfcc(items: Array, options: Mfcc) -> Array:
    """Return float32 [W,count,T] of [W,F,T], as `librosa.feature.mfcc(S=..., n_mfcc=count)`; or [W,T,count]."""
    turned = options.axes == "frequency-time"
    frames = items.transpose(0, 2, 1) if turned else items
    bands = frames.shape[2]
    if options.count > bands:
        raise ValueError(f"mfcc: {options.count} coefficients of {bands} bands")
    turn = np.pi * (2 * np.arange(bands)[:, None] + 1) * np.arange(options.count) / (2 * bands)
    cosines = np.cos(turn) * np.where(np.arange(options.count) == 0, np.sqrt(1 / bands), np.sqrt(2 / bands))
    found = (frames.astype(np.float64) @ cosines).astype(np.float32)
    return np.ascontiguousarray(found.transpose(0, 2, 1)) if turned else found
