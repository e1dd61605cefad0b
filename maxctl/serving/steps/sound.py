"""A sound on its way to the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .options import Array


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples, float32 [N,C] from -1 to 1 as they are decoded, or [W,...] once they are cut into windows.

    `rate` is in samples a second. `starts`, float64 [W], says where each window begins, in seconds; None while
    the sound is whole.
    """

    samples: Array
    rate: int
    starts: Array | None = None

    def with_samples(self, samples: Array, rate: int | None = None) -> Sound:
        """Return other samples of the same sound."""
        return replace(self, samples=samples, rate=self.rate if rate is None else rate)

    def in_windows(self, windows: Array, starts: Array) -> Sound:
        """Return the sound cut into windows."""
        return replace(self, samples=windows, starts=starts)

    @property
    def whole(self) -> bool:
        """Tell whether the sound has not been cut into windows yet."""
        return self.starts is None

    def tensors(self) -> dict[str | None, Array]:
        """Return the samples as the model's only input: each window an item, or the whole sound one."""
        return {None: self.samples[np.newaxis] if self.whole else self.samples}
