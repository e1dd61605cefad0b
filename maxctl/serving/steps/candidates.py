"""What a detector answers, before and after the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from .options import Array
from .picture import Picture


@dataclass(frozen=True, slots=True)
class Candidates:
    """N boxes with their scores.

    `boxes`: float32 [N,4], each ymin, xmin, ymax, xmax as parts of the height and width.
    `scores`: float32, [N,C] as a model gives them for C classes, or [N] once the class is decided.
    `classes`: int64 [N], the label ids, or None while it is not decided.
    """

    boxes: Array
    scores: Array
    classes: Array | None
    placed: bool = False
    """Whether the boxes are in parts of the picture that was sent, rather than of what the model saw of it."""

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Array]) -> Self:
        """Return the candidates in a model's outputs for one picture, given by role.

        Roles: `boxes` [1,N,4] or [1,N,1,4], `scores` [1,N,C] or [1,N], and where the model has suppressed
        already `classes` [1,N] and `count` [1]: only the first `count` rows are meant then.
        """
        boxes = np.asarray(outputs["boxes"], np.float32).reshape(-1, 4)
        scores = np.asarray(outputs["scores"], np.float32)
        scores = scores.reshape(scores.shape[1:])
        classes = (
            np.asarray(outputs["classes"]).reshape(-1).astype(np.int64) if "classes" in outputs else None
        )
        if len(boxes) != len(scores) or (classes is not None and len(classes) != len(boxes)):
            raise ValueError(f"the model gives {len(boxes)} boxes, but {len(scores)} rows of scores")
        found = cls(boxes, scores, classes)
        if "count" in outputs:
            return found.take(np.arange(int(np.asarray(outputs["count"]).reshape(-1)[0])))
        return found

    def take(self, rows: Array) -> Self:
        """Return the candidates at the given rows (numbers or a mask), in that order."""
        classes = None if self.classes is None else self.classes[rows]
        return replace(self, boxes=self.boxes[rows], scores=self.scores[rows], classes=classes)

    def in_whole(self, source: object) -> Self:
        """Return the candidates with their boxes in parts of the whole picture, whatever was cut or padded."""
        if self.placed or not isinstance(source, Picture):
            return self
        return replace(self, boxes=source.boxes_in_whole(self.boxes), placed=True)

    def decided(self) -> Array:
        """Return the class of each candidate; ValueError where no step has decided it yet."""
        if self.classes is None or self.scores.ndim != 1:
            raise ValueError("the candidates have no class yet: put class_scores before this step")
        return self.classes
