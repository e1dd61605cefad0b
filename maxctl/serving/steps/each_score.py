"""Where the scores are in what the steps work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .candidates import Candidates
from .maps import Maps
from .options import Array
from .points import HeatMaps
from .scores import Scores


def each_score(value: Any, change: Callable[[Array], Array]) -> Any:
    """Return the value with changed scores: of a classifier, of a detector's candidates, of pixels or of heat maps.

    The last axis of what `change` is given are the classes.
    """
    if isinstance(value, Candidates):
        return replace(value, scores=change(value.scores).astype(np.float32, copy=False))
    if isinstance(value, Scores | Maps | HeatMaps):
        return value.with_values(change(value.values).astype(np.float32, copy=False))
    raise ValueError(f"there are no scores in {type(value).__name__.lower()}")
