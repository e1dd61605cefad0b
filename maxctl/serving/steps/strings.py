"""Texts as they are, for models that take them apart themselves."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .options import Preprocess
from .rows import RowTensors
from .texts import Texts


class Strings(Preprocess):
    """Give the model each text as it is: one after the other (`axes: N`), or each in a row of its own (`axes: N1`)."""

    step: Literal["strings"] = "strings"
    axes: Literal["N", "N1"] = "N"

    def apply(self, value: Any) -> RowTensors:
        """Return the texts as an array of objects, [N] or [N,1]."""
        if not isinstance(value, Texts):
            raise self.refuse(value)
        texts = np.array(value.texts, dtype=object)
        return RowTensors({None: texts if self.axes == "N" else texts[:, None]})
