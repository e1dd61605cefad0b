"""Each pixel gets the class with its highest score."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from .maps import Maps, Mask
from .options import Postprocess
from .value import Context


class ArgmaxMask(Postprocess):
    """Decide each pixel by its highest score; the first channel is the class with id `first_id`."""

    step: Literal["argmax_mask"] = "argmax_mask"
    first_id: int = Field(default=0, ge=0)
    unseen: int = Field(default=0, ge=0)
    """The class of pixels that the model was not shown, because a step cut them off."""

    def apply(self, value: Any, context: Context) -> Mask:
        """Return the class of each pixel."""
        if not isinstance(value, Maps):
            raise ValueError("argmax_mask takes scores of pixels, and the classes are decided already")
        return argmax_mask(value, self)


def argmax_mask(maps: Maps, options: ArgmaxMask) -> Mask:
    """Return int32 [H,W]; of equal scores the lower id wins."""
    if maps.values.shape[2] < 2:
        raise ValueError("argmax_mask needs two classes or more; for one there is mask_threshold")
    ids = np.empty(maps.size(), np.int32)
    for rows, scores in maps.bands():
        ids[rows] = np.argmax(scores, axis=2)
    ids += options.first_id
    seen = maps.seen()
    return Mask(ids if seen is None else np.where(seen, ids, np.int32(options.unseen)))
