"""A sound at the rate that the model was trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field

from ..errors import BadInputError  # noqa: TID252
from .options import Array, Preprocess
from .sound import Sound


class Resample(Preprocess):
    """Resample to `rate` samples a second with SoX's resampler, at one of its qualities."""

    step: Literal["resample"] = "resample"
    rate: int = Field(ge=1000, le=192_000)
    quality: Literal["QQ", "LQ", "MQ", "HQ", "VHQ"] = "HQ"

    def bind(self, folder: Path) -> Self:
        """Return the step; `StartupError` where soxr is not installed."""
        self.need("soxr")
        return self

    def apply(self, value: Any) -> Sound:
        """Return the sound at the wanted rate; the same where it has it already."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if not value.whole:
            raise ValueError("resample takes a whole sound: put it before windows")
        samples = value.waveform(self.step)
        resampled = resample(samples, value.rate, self)
        if not len(resampled):
            raise BadInputError(f"The sound is too short: {len(samples)} samples at {value.rate} Hz")
        return value.with_samples(resampled, self.rate)


def resample(samples: Array, rate: int, options: Resample) -> Array:
    """Return float32 [M] (or [M,C]) with M samples for the N at `rate`: as `soxr.resample` gives it.

    That is what `librosa.load` does by default, with quality HQ; it adds a zero where M is rounded down.
    """
    if rate == options.rate:
        return samples
    import soxr  # type: ignore[import-untyped,unused-ignore]

    resampled: Array = soxr.resample(samples, rate, options.rate, quality=options.quality)
    return np.ascontiguousarray(resampled, np.float32)
