"""A sound cut into windows of the length that the model takes: each is an item."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from .options import Array, Preprocess
from .sound import Sound, check_room


class Windows(Preprocess):
    """Windows of `size` samples, one every `hop`; zeros stand where there is no sound.

    `before` zeros precede the sound: half the overlap for models whose windows are cut at both sides, or the
    samples of context that a window takes from the one before it. `end` says how many windows there are:
    `cover` as few as reach the last sample, `every-start` one wherever a start lies within the sound, `drop`
    only those that the sound fills, but at least one.
    """

    step: Literal["windows"] = "windows"
    size: int = Field(ge=1, le=2**24)
    hop: int = Field(ge=1, le=2**24)
    before: int = Field(default=0, ge=0, le=2**24)
    end: Literal["cover", "every-start", "drop"] = "cover"

    @model_validator(mode="after")
    def _padding_is_less_than_a_window(self) -> Windows:
        if self.before >= self.size:
            raise ValueError("before must be less than size")
        return self

    def apply(self, value: Any) -> Sound:
        """Return the sound in windows [W,size] (or [W,size,C]), with the second at which each starts."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if not value.whole:
            raise ValueError("windows takes a whole sound, once")
        cut = windows(value.waveform(self.step), self)
        starts = (np.arange(len(cut)) * self.hop - self.before) / value.rate
        return value.in_windows(cut, starts, self.hop)


def windows(samples: Array, options: Windows) -> Array:
    """Return [W,size,...] from [N,...]: window i holds the samples from `i * hop - before` on."""
    length = len(samples) + options.before
    count = _count(length, options)
    check_room(count, options.size * int(np.prod(samples.shape[1:], dtype=np.int64)))
    cut = np.zeros((count, options.size, *samples.shape[1:]), samples.dtype)
    for number, window in enumerate(cut):
        start = number * options.hop - options.before
        part = samples[max(start, 0) : start + options.size]
        at = max(-start, 0)
        window[at : at + len(part)] = part
    return cut


def _count(length: int, options: Windows) -> int:
    if options.end == "every-start":
        return max(1, -(-length // options.hop))
    beyond = max(0, length - options.size)
    return 1 + (beyond // options.hop if options.end == "drop" else -(-beyond // options.hop))
