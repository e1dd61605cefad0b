"""Of boxes that cover the same thing only the best stays: greedily, as in `tf.image.non_max_suppression`."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from .candidates import Candidates
from .options import Array, Postprocess
from .score_threshold import score_threshold
from .value import Context


class NonMaximumSuppression(Postprocess):
    """Drop a box that overlaps a better one by more than `iou` (of any class, or of its own)."""

    step: Literal["non_maximum_suppression"] = "non_maximum_suppression"
    iou: float = Field(default=0.5, ge=0, le=1)
    classes: Literal["agnostic", "per-class"] = "agnostic"
    max_detections: int = Field(default=100, ge=1)

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return what stays; the request's `threshold`, where there is one, is applied first."""
        return non_maximum_suppression(value, self, context.parameters.get("threshold"))


def non_maximum_suppression(
    found: Candidates, options: NonMaximumSuppression, threshold: float | None = None
) -> Candidates:
    """Return what stays, best first; of equal scores the one that stood first.

    With a `threshold`, only scores strictly greater take part. A box is dropped when its overlap with a kept
    one is strictly greater than `iou`, computed in float32.
    """
    classes = found.decided()
    if threshold is not None:
        found = score_threshold(found, threshold)
        classes = found.decided()
    boxes = _ordered_corners(found.boxes)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.argsort(-found.scores, kind="stable")
    kept: list[int] = []
    while len(left) and len(kept) < options.max_detections:
        best, left = left[0], left[1:]
        kept.append(int(best))
        covered = _overlap(boxes, areas, int(best), left) > np.float32(options.iou)
        if options.classes == "per-class":
            covered &= classes[left] == classes[best]
        left = left[~covered]
    return found.take(np.array(kept, dtype=np.intp))


def _ordered_corners(boxes: Array) -> Array:
    """Return the boxes with ymin <= ymax and xmin <= xmax; a model may give them the other way round."""
    one, other = boxes[:, :2], boxes[:, 2:]
    return np.concatenate((np.minimum(one, other), np.maximum(one, other)), axis=1)


def _overlap(boxes: Array, areas: Array, one: int, others: Array) -> Array:
    """Return intersection over union, float32 [len(others)]; 0 where either has no area."""
    top_left = np.maximum(boxes[one, :2], boxes[others, :2])
    bottom_right = np.minimum(boxes[one, 2:], boxes[others, 2:])
    sides = np.maximum(bottom_right - top_left, np.float32(0))
    shared = sides[:, 0] * sides[:, 1]
    union = areas[one] + areas[others] - shared
    solid = (areas[others] > 0) & (areas[one] > 0)
    overlap: Array = np.divide(shared, union, out=np.zeros_like(shared), where=solid)
    return overlap
