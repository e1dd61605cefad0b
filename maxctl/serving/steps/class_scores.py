"""Each candidate gets the class with its highest score."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from .candidates import Candidates
from .options import Postprocess
from .value import Context


class ClassScores(Postprocess):
    """Decide by the highest score; the first column of the scores is the class with id `first_id`.

    With `every`, a candidate becomes one for each class that it scores above `above` in: YOLO's `multi_label`.
    """

    step: Literal["class_scores"] = "class_scores"
    first_id: int = 0
    every: bool = False
    above: float = Field(default=0.0, allow_inf_nan=False)

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates with their classes."""
        return class_scores(value, self)


def class_scores(found: Candidates, options: ClassScores) -> Candidates:
    """Return the candidates with scores [N] and classes int64 [N]; of equal scores the lower id wins."""
    if found.scores.ndim != 2:
        raise ValueError(f"class_scores takes scores of shape [N,C], not {list(found.scores.shape)}")
    if options.every:
        rows, columns = np.nonzero(found.scores.astype(np.float64) > options.above)
        several = replace(found, boxes=found.boxes[rows], scores=found.scores[rows, columns])
        return replace(several, classes=columns.astype(np.int64) + options.first_id)
    best = np.argmax(found.scores, axis=1)
    scores = found.scores[np.arange(len(best)), best]
    return replace(found, scores=scores, classes=best.astype(np.int64) + options.first_id)
