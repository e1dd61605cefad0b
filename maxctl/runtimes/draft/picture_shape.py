"""Whether a tensor is a picture, and how it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from maxctl.runtimes.draft.facts import Tensor

_CHANNELS = (1, 3)


@dataclass(frozen=True, slots=True)
class PictureShape:
    """A picture as a tensor holds it; sizes are None where any fits."""

    layout: Literal["NHWC", "NCHW"]
    height: int | None
    width: int | None
    channels: int


def picture_shape(tensor: Tensor) -> PictureShape | None:
    """Return how a picture lies in the tensor, or None where it can be none: [N,H,W,C], [N,C,H,W] or [H,W,C]."""
    shape = tensor.shape
    if shape is None or tensor.dtype in ("string", "bool", "int64"):
        return None
    if len(shape) == 3 and shape[2] == 3 and all(size is None or size > 15 for size in shape[:2]):
        return PictureShape("NHWC", shape[0], shape[1], 3)
    if len(shape) != 4 or shape[0] not in (None, 1):
        return None
    last = shape[3] in _CHANNELS and all(size is None or size > 15 for size in shape[1:3])
    first = shape[1] in _CHANNELS and all(size is None or size > 15 for size in shape[2:])
    if last and not (first and shape[1] == 3):
        return PictureShape("NHWC", shape[1], shape[2], shape[3] or 3)
    return PictureShape("NCHW", shape[2], shape[3], shape[1] or 3) if first else None
