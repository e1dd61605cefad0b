"""A spectrogram in bands that the ear hears as equally wide: Slaney's scale or HTK's, as librosa defines them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from .fourier import Fourier, spectra
from .options import Array
from .sound import Sound

LINEAR = 200 / 3
"""Hertz a mel below 1000 Hz on Slaney's scale."""
KNEE = 1000.0
LOG_STEP = np.log(6.4) / 27


class MelSpectrogram(Fourier):
    """The spectrogram in `bands` triangular bands from `fmin` to `fmax` Hz (null: half the rate).

    `norm: slaney` gives each triangle an area of one, `none` a height of one.
    """

    step: Literal["mel_spectrogram"] = "mel_spectrogram"
    bands: int = Field(default=128, ge=1, le=4096)
    fmin: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    fmax: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    scale: Literal["slaney", "htk"] = "slaney"
    norm: Literal["slaney", "none"] = "slaney"

    @model_validator(mode="after")
    def _range(self) -> MelSpectrogram:
        if self.fmax is not None and self.fmax <= self.fmin:
            raise ValueError("fmax must be more than fmin")
        return self

    def apply(self, value: Any) -> Sound:
        """Return the sound, or each of its windows, as a mel spectrogram."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        value.one_channel(self.step)
        return value.with_spectrogram(value.with_items(mel_spectrogram(value.items(), value.rate, self)))


def mel_spectrogram(items: Array, rate: int, options: MelSpectrogram) -> Array:
    """Return float32 [W,bands,T] (or [W,T,bands]) of the samples [W,N] at `rate`."""
    top = rate / 2 if options.fmax is None else options.fmax
    if top <= options.fmin:
        raise ValueError(f"mel_spectrogram: fmin {options.fmin:g} leaves nothing below {top:g} Hz")
    bands = mel_bands(
        rate, options.n_fft, options.bands, options.fmin, top, options.scale, options.norm == "slaney"
    )
    return spectra(items, options, options.bands, lambda level: level @ bands)


@lru_cache(maxsize=8)
def mel_bands(
    rate: int, n_fft: int, bands: int, fmin: float, fmax: float, scale: str, even_area: bool
) -> Array:
    """Return float64 [n_fft // 2 + 1,bands], the weights of `librosa.filters.mel` turned round."""
    frequencies = np.linspace(0, rate / 2, n_fft // 2 + 1)
    lowest, highest = _to_mel(np.array([fmin, fmax]), scale).tolist()
    mels = np.linspace(lowest, highest, bands + 2)
    corners = _to_hertz(mels, scale)
    slopes = corners[:, None] - frequencies[None, :]
    widths = np.diff(corners)[:, None]
    weights = np.maximum(0, np.minimum(-slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]))
    if even_area:
        weights *= 2 / (corners[2:] - corners[:-2])[:, None]
    turned = np.ascontiguousarray(weights.T)
    turned.flags.writeable = False
    return turned


def _to_mel(hertz: Array, scale: str) -> Array:
    if scale == "htk":
        return 2595 * np.log10(1 + hertz / 700)
    above = np.log(np.maximum(hertz, KNEE) / KNEE) / LOG_STEP
    return np.where(hertz < KNEE, hertz / LINEAR, KNEE / LINEAR + above)


def _to_hertz(mels: Array, scale: str) -> Array:
    if scale == "htk":
        return 700 * (10 ** (mels / 2595) - 1)
    return np.where(mels < KNEE / LINEAR, mels * LINEAR, KNEE * np.exp(LOG_STEP * (mels - KNEE / LINEAR)))
