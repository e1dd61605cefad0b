"""A sound on its way to the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import TooLargeError  # noqa: TID252
from .options import Array

MAX_VALUES = 2**26
"""Numbers that windows or a spectrogram may come to: 256 MiB of float32."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples, float32 [N] (or [N,C] while channels are kept) from -1 to 1, or [W,...] once cut into windows.

    A spectrogram takes the place of the samples: [F,T] for a whole sound, [W,F,T] for windows, or with the axes
    that its step was told. `rate` is in samples a second. `starts`, float64 [W], says where each window begins,
    in seconds (below 0 where it begins with padding); None while the sound is whole. `length` is the number of
    samples before the sound was cut, and `hop` how many lie between the starts of two windows.
    """

    samples: Array
    rate: int
    starts: Array | None = None
    length: int = 0
    hop: int = 0
    form: Literal["waveform", "spectrogram"] = "waveform"

    def with_samples(self, samples: Array, rate: int | None = None) -> Sound:
        """Return other samples of the same sound."""
        return replace(self, samples=samples, rate=self.rate if rate is None else rate)

    def with_spectrogram(self, values: Array) -> Sound:
        """Return what shows the same sound as a spectrogram."""
        return replace(self, samples=values, length=self.duration, form="spectrogram")

    def in_windows(self, windows: Array, starts: Array, hop: int) -> Sound:
        """Return the sound cut into windows, which start every `hop` samples."""
        return replace(self, samples=windows, starts=starts, length=len(self.samples), hop=hop)

    @property
    def duration(self) -> int:
        """Return how many samples there are in all, before the sound was cut or became a spectrogram."""
        return self.length or max(self.samples.shape)

    @property
    def whole(self) -> bool:
        """Tell whether the sound has not been cut into windows yet."""
        return self.starts is None

    def waveform(self, step: str) -> Array:
        """Return the samples; ValueError where they have become a spectrogram, for which `step` is too late."""
        if self.form != "waveform":
            raise ValueError(f"{step} takes samples: put it before the spectrogram")
        return self.samples

    def one_channel(self, step: str) -> Array:
        """Return the samples [N] or [W,N]; ValueError for a spectrogram, and where channels were kept."""
        samples = self.waveform(step)
        if samples.ndim != (1 if self.whole else 2):
            raise ValueError(f"{step} takes one channel: let decode_audio mix them (channels: mono)")
        return samples

    def items(self) -> Array:
        """Return the samples with a first axis for the items: each window one, or the whole sound."""
        return self.samples[np.newaxis] if self.whole else self.samples

    def with_items(self, values: Array) -> Array:
        """Return an array [W,...] as it stands in this sound: without the first axis where the sound is whole."""
        return values[0] if self.whole else values

    def tensors(self) -> dict[str | None, Array]:
        """Return the samples as the model's only input: each window an item, or the whole sound one."""
        return {None: self.items()}


def check_room(count: int, size: int) -> None:
    """Raise `TooLargeError` where `count` windows or frames of `size` numbers would not fit into the memory."""
    if count * size > MAX_VALUES:
        raise TooLargeError(
            f"The sound is too long for this model: it makes {count} windows of {size} values, "
            f"and {MAX_VALUES} values in all are accepted"
        )
