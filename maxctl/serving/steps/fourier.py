"""Short-time Fourier transforms: the part that all spectrograms share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from .options import Array, Preprocess
from .sound import check_room

Pad = Literal["zeros", "reflect"]
BLOCK = 256
"""Frames that are transformed at once: more make it no faster, and take memory."""


class Fourier(Preprocess):
    """Frames every `hop` samples, each multiplied by a `window` of `window_size` samples, transformed by `n_fft`.

    `center` puts frame t around sample `t * hop` and pads both ends of the sound, as librosa and PyTorch do by
    default; without it frame t begins there. A window shorter than `n_fft` lies in its middle (librosa, PyTorch);
    with `frame: window` a frame is as long as the window and zeros follow it (TensorFlow).
    """

    n_fft: int = Field(ge=2, le=65536)
    hop: int = Field(ge=1, le=65536)
    window: Literal["hann", "hamming", "blackman", "ones"] = "hann"
    window_size: int | None = Field(default=None, ge=1, le=65536)
    periodic: bool = True
    center: bool = True
    pad: Pad = "zeros"
    frame: Literal["n_fft", "window"] = "n_fft"
    power: Literal["power", "magnitude"] = "power"
    axes: Literal["frequency-time", "time-frequency"] = "frequency-time"

    @model_validator(mode="after")
    def _window_fits(self) -> Fourier:
        if self.window_size is not None and self.window_size > self.n_fft:
            raise ValueError("window_size must not be more than n_fft")
        if self.frame == "window" and self.center:
            raise ValueError("frame: window goes with center: false")
        return self


def spectra(
    items: Array, options: Fourier, columns: int, finish: Callable[[Array], Array] | None = None
) -> Array:
    """Return float32 [W,F,T] (or [W,T,F]) of the samples [W,N]: power or magnitude, computed in double precision.

    `finish` makes float64 [T,F] of float64 [T,n_fft // 2 + 1] for some frames at a time, with F = `columns`.
    """
    window = _padded_window(options)
    size = len(window)
    padded = _padded(items, options, size)
    count = 1 + (padded.shape[1] - size) // options.hop
    check_room(len(items) * count, columns)
    found = np.empty((len(items), count, columns), np.float32)
    for item, samples in zip(found, padded, strict=True):
        frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: options.hop]
        for start in range(0, count, BLOCK):
            part = np.fft.rfft(frames[start : start + BLOCK] * window, options.n_fft, axis=1)
            level = part.real**2 + part.imag**2 if options.power == "power" else np.abs(part)
            item[start : start + BLOCK] = level if finish is None else finish(level)
    if options.axes == "frequency-time":
        return np.ascontiguousarray(found.transpose(0, 2, 1))
    return found


def window_of(name: str, size: int, *, periodic: bool) -> Array:
    """Return float64 [size], the sum of cosines that SciPy's `get_window` gives; of one sample it is 1."""
    terms = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08), "ones": (1.0,)}[name]
    if size == 1:
        return np.ones(1)
    turn = 2 * np.pi * np.arange(size) / (size if periodic else size - 1)
    found: Array = np.sum([(-1) ** k * term * np.cos(k * turn) for k, term in enumerate(terms)], axis=0)
    return found


def _padded_window(options: Fourier) -> Array:
    size = options.window_size or options.n_fft
    window = window_of(options.window, size, periodic=options.periodic)
    if options.frame == "window":
        return window
    before = (options.n_fft - size) // 2
    return np.pad(window, (before, options.n_fft - size - before))


def _padded(items: Array, options: Fourier, size: int) -> Array:
    """Return float32 [W,M] with the ends that `center` asks for, and at least one frame."""
    samples = items
    if options.center:
        half = options.n_fft // 2
        # a sound shorter than half a frame has too little to mirror: NumPy then mirrors it to and fro
        mode: Literal["reflect", "constant"] = "reflect" if options.pad == "reflect" else "constant"
        samples = np.pad(samples, ((0, 0), (half, half)), mode=mode)
    missing = max(0, size - samples.shape[1])
    return np.pad(samples, ((0, 0), (0, missing))) if missing else samples
