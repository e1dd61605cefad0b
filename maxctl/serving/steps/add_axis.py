"""The axis of one element that many models have for channels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .options import Preprocess
from .sound import Sound


class AddAxis(Preprocess):
    """Add an axis of size 1 to each item: before its others, or after them."""

    step: Literal["add_axis"] = "add_axis"
    at: Literal["start", "end"] = "end"

    def apply(self, value: Any) -> Sound:
        """Return the same samples or spectrogram, each item with one axis more."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        items = value.items()
        return value.with_samples(value.with_items(np.expand_dims(items, 1 if self.at == "start" else -1)))
