"""How strong each frequency of a sound is over time."""

from __future__ import annotations

from typing import Any, Literal

from .fourier import Fourier, spectra
from .options import Array
from .sound import Sound


class Spectrogram(Fourier):
    """The power or magnitude of the short-time Fourier transform."""

    step: Literal["spectrogram"] = "spectrogram"

    def apply(self, value: Any) -> Sound:
        """Return the sound, or each of its windows, as a spectrogram."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        value.one_channel(self.step)
        return value.with_spectrogram(value.with_items(spectrogram(value.items(), self)))


def spectrogram(items: Array, options: Spectrogram) -> Array:
    """Return float32 [W,n_fft // 2 + 1,T] (or the last two the other way round) of the samples [W,N]."""
    return spectra(items, options, options.n_fft // 2 + 1)
