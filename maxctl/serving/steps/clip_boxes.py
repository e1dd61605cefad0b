"""Boxes end at the picture's edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from .candidates import Candidates
from .options import StepOptions


class ClipBoxes(StepOptions):
    """Cut every box at 0 and 1; detectors answer a little more."""

    step: Literal["clip_boxes"] = "clip_boxes"


def clip_boxes(found: Candidates) -> Candidates:
    """Return the candidates with every coordinate within 0..1."""
    return replace(found, boxes=np.clip(found.boxes, np.float32(0), np.float32(1)))
