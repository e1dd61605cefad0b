"""Each candidate gets the class with its highest score."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from .candidates import Candidates
from .options import Postprocess
from .value import Context


class ClassScores(Postprocess):
    """Decide by the highest score; the first column of the scores is the class with id `first_id`."""

    step: Literal["class_scores"] = "class_scores"
    first_id: int = 0

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates with their classes."""
        return class_scores(value, self)


def class_scores(found: Candidates, options: ClassScores) -> Candidates:
    """Return the candidates with scores [N] and classes int64 [N]; of equal scores the lower id wins."""
    if found.scores.ndim != 2:
        raise ValueError(f"class_scores takes scores of shape [N,C], not {list(found.scores.shape)}")
    best = np.argmax(found.scores, axis=1)
    scores = found.scores[np.arange(len(best)), best]
    return replace(found, scores=scores, classes=best.astype(np.int64) + options.first_id)
