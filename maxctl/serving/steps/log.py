"""Levels on a logarithmic scale, as they are heard."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from .options import Array, Preprocess
from .sound import Sound

FACTORS = {"log10": 1.0, "power-db": 10.0, "amplitude-db": 20.0}
"""What a logarithm to base 10 is multiplied by."""


class Log(Preprocess):
    """The logarithm of `max(value, floor) + add`, in `unit`.

    `power-db` is 10 log10, `amplitude-db` 20 log10. `reference: max` relates each item to its highest value, and
    `top_db` raises what is further below the highest to that: both as `librosa.power_to_db` does.
    """

    step: Literal["log"] = "log"
    unit: Literal["natural", "log10", "power-db", "amplitude-db"] = "natural"
    floor: float = Field(default=1e-10, ge=0, allow_inf_nan=False)
    add: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    reference: Literal["one", "max"] = "one"
    top_db: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _never_of_zero(self) -> Log:
        if not np.float32(self.floor) + np.float32(self.add) > 0:
            raise ValueError("floor or add must be above 0: silence has no logarithm")
        if self.top_db is not None and not self.unit.endswith("db"):
            raise ValueError("top_db goes with power-db and amplitude-db")
        return self

    def apply(self, value: Any) -> Sound:
        """Return the spectrogram with its levels on that scale."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if value.form != "spectrogram":
            raise ValueError("log takes a spectrogram: put it after spectrogram or mel_spectrogram")
        return value.with_samples(value.with_items(log(value.items(), self)))


def log(items: Array, options: Log) -> Array:
    """Return float32 of the same shape [W,...]; computed in double precision."""
    levels = np.maximum(items.astype(np.float64), options.floor) + options.add
    scaled = np.log(levels) if options.unit == "natural" else FACTORS[options.unit] * np.log10(levels)
    axes = tuple(range(1, items.ndim))
    if options.reference == "max":
        scaled -= scaled.max(axis=axes, keepdims=True)
    if options.top_db is not None:
        scaled = np.maximum(scaled, scaled.max(axis=axes, keepdims=True) - options.top_db)
    return scaled.astype(np.float32)
