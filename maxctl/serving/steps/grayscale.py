"""A picture without colours. The weights are the same everywhere, the rounding is not."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .options import Array, Preprocess
from .picture import Picture


class Grayscale(Preprocess):
    """Make one channel of three, as Pillow's `convert("L")`, OpenCV's `cvtColor`, or TensorFlow does."""

    step: Literal["grayscale"] = "grayscale"
    formula: Literal["pillow", "opencv", "tensorflow"] = "pillow"
    channels: Literal[1, 3] = 1
    """3: the same value three times, for a model that takes three channels."""

    def apply(self, value: Any) -> Picture:
        """Return the grey picture."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        pixels = value.channels_last(self.step)
        if pixels.dtype != np.uint8 or pixels.shape[2] != 3:
            raise ValueError(
                f"grayscale takes uint8 pixels of 3 channels, not {pixels.dtype} of {pixels.shape[2]}: "
                "put it before resize by TensorFlow's filters, scale and normalize"
            )
        grey = grayscale(pixels if value.order == "rgb" else pixels[:, :, ::-1], self.formula)
        return value.with_pixels(np.repeat(grey, 3, axis=2) if self.channels == 3 else grey)


def grayscale(pixels: Array, formula: Literal["pillow", "opencv", "tensorflow"]) -> Array:
    """Return uint8 [H,W,1] of RGB [H,W,3]."""
    if formula == "tensorflow":
        # rgb_to_grayscale: to 0..1, weighed, and back by `x * 255.5`, cut
        parts = pixels.astype(np.float32) * np.float32(1 / 255)
        grey: Array = parts @ np.array([0.2989, 0.5870, 0.1140], np.float32)
        grey = np.minimum(grey * np.float32(255.5), 255).astype(np.uint8)
        return grey[:, :, np.newaxis]
    weights, bits = ((19595, 38470, 7471), 16) if formula == "pillow" else ((9798, 19235, 3735), 15)
    red, green, blue = (
        pixels[:, :, channel].astype(np.uint32) * np.uint32(weight) for channel, weight in enumerate(weights)
    )
    weighed: Array = (red + green + blue + np.uint32(1 << (bits - 1))) >> np.uint32(bits)
    return weighed.astype(np.uint8)[:, :, np.newaxis]
