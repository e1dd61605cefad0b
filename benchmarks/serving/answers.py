"""Whether detections are those of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

IOU = 0.95
SCORE = 0.01


def compare(found: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return whether both hold the same labels, boxes (IoU of .95) and scores (within .01), and the largest gaps."""
    left = list(found)
    worst_iou, worst_score, missing = 1.0, 0.0, 0
    for one in expected:
        same = [other for other in left if other["label"] == one["label"]]
        if not same:
            missing += 1
            continue
        best = max(same, key=lambda other: overlap(other["detection_box"], one["detection_box"]))
        left.remove(best)
        worst_iou = min(worst_iou, overlap(best["detection_box"], one["detection_box"]))
        worst_score = max(worst_score, abs(best["probability"] - one["probability"]))
    return {
        "equal": not missing and not left and worst_iou >= IOU and worst_score <= SCORE,
        "expected": len(expected),
        "found": len(found),
        "lowest_iou": worst_iou,
        "largest_score_gap": worst_score,
    }


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the intersection over union of two boxes (ymin, xmin, ymax, xmax)."""
    height = min(one[2], other[2]) - max(one[0], other[0])
    width = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(height, 0.0) * max(width, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared) if shared else 0.0
