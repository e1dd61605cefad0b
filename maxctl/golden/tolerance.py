"""How far an answer may be from the expected one."""

from __future__ import annotations

from dataclasses import dataclass

SLACK = 1e-9  # 0.51 - 0.50 is a little more than 0.01 in binary


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`score` is absolute; `iou` is the smallest intersection over union of two boxes that count as the same."""

    score: float
    iou: float

    def same_score(self, expected: float, actual: float) -> bool:
        """Tell whether two scores count as the same."""
        return abs(expected - actual) <= self.score + SLACK

    def same_box(self, iou: float) -> bool:
        """Tell whether two boxes with this intersection over union count as the same."""
        return iou >= self.iou - SLACK
