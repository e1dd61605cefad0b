"""Boxes end at the picture's edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from .candidates import Candidates
from .options import Postprocess
from .value import Context


class ClipBoxes(Postprocess):
    """Cut every box at 0 and 1; detectors answer a little more."""

    step: Literal["clip_boxes"] = "clip_boxes"

    def apply(self, value: Candidates, context: Context) -> Candidates:
        """Return the candidates cut at the edges."""
        return clip_boxes(value.in_whole(context.source))


def clip_boxes(found: Candidates) -> Candidates:
    """Return the candidates with every coordinate within 0..1."""
    return replace(found, boxes=np.clip(found.boxes, np.float32(0), np.float32(1)))
