"""Pixel values with the mean and spread of those that the model was trained with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from .options import Array, Preprocess
from .picture import Picture

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Normalize(Preprocess):
    """Each value becomes `(value / divide_by - mean) / std`, with one mean and std or one for each channel.

    For models of torchvision: divide_by 255, mean .485 .456 .406, std .229 .224 .225. For Keras's `caffe` mode:
    color_order bgr before it, mean 103.939 116.779 123.68. torchvision's v2 ToDtype multiplies by 1/255 instead,
    which differs in the last bit: scale before it, and divide_by 1.
    """

    step: Literal["normalize"] = "normalize"
    divide_by: Positive = 1.0
    mean: tuple[Finite, ...] = Field(default=(0.0,), min_length=1)
    std: tuple[Positive, ...] = Field(default=(1.0,), min_length=1)

    def apply(self, value: Any) -> Picture:
        """Return the picture with normalized values."""
        if not isinstance(value, Picture):
            raise self.refuse(value)
        return value.with_pixels(normalize(value.pixels, self, channels_first=value.layout == "CHW"))


def normalize(pixels: Array, options: Normalize, *, channels_first: bool = False) -> Array:
    """Return float32 of the same shape; the operations are done in float32, in the order of the formula."""
    axis = 0 if channels_first else -1
    channels = pixels.shape[axis] if pixels.ndim == 3 else 1
    values = pixels.astype(np.float32)
    if options.divide_by != 1:
        values /= np.float32(options.divide_by)
    for name, numbers in (("mean", options.mean), ("std", options.std)):
        if len(numbers) not in (1, channels):
            raise ValueError(
                f"normalize has {len(numbers)} values of {name}, and the picture {channels} channels"
            )
    mean, std = (np.asarray(numbers, np.float32) for numbers in (options.mean, options.std))
    if channels_first:
        mean, std = mean[:, np.newaxis, np.newaxis], std[:, np.newaxis, np.newaxis]
    values -= mean
    values /= std
    return values
