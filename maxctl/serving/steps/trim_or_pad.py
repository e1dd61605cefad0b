"""A sound of the one length that the model takes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from .options import Array, Preprocess
from .sound import Sound


class TrimOrPad(Preprocess):
    """Keep `samples` samples: the first, the last or the middle ones; fill up with zeros on the other side."""

    step: Literal["trim_or_pad"] = "trim_or_pad"
    samples: int = Field(ge=1, le=2**26)
    keep: Literal["start", "middle", "end"] = "start"

    def apply(self, value: Any) -> Sound:
        """Return the sound with exactly that many samples."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if not value.whole:
            raise ValueError("trim_or_pad takes a whole sound: put it before windows")
        return value.with_samples(trim_or_pad(value.waveform(self.step), self))


def trim_or_pad(samples: Array, options: TrimOrPad) -> Array:
    """Return [samples] or [samples,C]; where an odd number is to be split, the end gets one more."""
    spare = len(samples) - options.samples
    before = {"start": 0, "middle": abs(spare) // 2, "end": abs(spare)}[options.keep]
    if spare >= 0:
        return samples[before : before + options.samples]
    filled = np.zeros((options.samples, *samples.shape[1:]), samples.dtype)
    filled[before : before + len(samples)] = samples
    return filled
