"""Classes that are no answer: the background, or outputs that were never trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field

from .candidates import Candidates
from .options import Array, Postprocess
from .scores import Scores
from .value import Context


class DropClasses(Postprocess):
    """Leave out the classes with these `ids`; before class_scores an id is the number of its column."""

    step: Literal["drop_classes"] = "drop_classes"
    ids: tuple[int, ...] = Field(min_length=1)

    def apply(self, value: Any, context: Context) -> Any:
        """Return what is left."""
        if isinstance(value, Scores):
            ids = value.first_id + np.arange(value.values.shape[1])
            return value.keep(np.broadcast_to(~np.isin(ids, self.ids), value.values.shape))
        return drop_classes(value, self.ids)


def drop_classes(found: Candidates, ids: tuple[int, ...]) -> Candidates:
    """Return the candidates without those of the classes, or with scores that cannot win in their columns."""
    if found.classes is not None:
        return found.take(~np.isin(found.classes, ids))
    columns = np.isin(np.arange(found.scores.shape[1]), ids)
    scores: Array = np.where(columns, np.float32(-np.inf), found.scores)
    return replace(found, scores=scores)
