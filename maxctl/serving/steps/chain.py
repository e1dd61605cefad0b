"""The declared steps, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from .class_scores import ClassScores
from .clip_boxes import ClipBoxes
from .decode_image import DecodeImage
from .non_maximum_suppression import NonMaximumSuppression
from .options import Postprocess, Preprocess
from .resize import Resize
from .scale import Scale
from .score_threshold import ScoreThreshold
from .value import Context, Value

PreprocessStep = Annotated[DecodeImage | Resize | Scale, Field(discriminator="step")]
PostprocessStep = Annotated[
    ClassScores | ScoreThreshold | NonMaximumSuppression | ClipBoxes, Field(discriminator="step")
]


def preprocess(value: Value, steps: Iterable[Preprocess]) -> Value:
    """Return what the model is given for a decoded input."""
    for step in steps:
        value = step.apply(value)
    return value


def postprocess(value: Any, steps: Iterable[Postprocess], context: Context) -> Any:
    """Return what the steps make of a model's answer, in the form that the task gave it."""
    for step in steps:
        value = step.apply(value, context)
    return value
