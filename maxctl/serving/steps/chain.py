"""The declared steps, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, assert_never

from pydantic import Field

from .candidates import Candidates
from .class_scores import ClassScores, class_scores
from .clip_boxes import ClipBoxes, clip_boxes
from .decode_image import DecodeImage
from .non_maximum_suppression import NonMaximumSuppression, non_maximum_suppression
from .options import Array
from .resize import Resize, resize
from .scale import Scale, scale
from .score_threshold import ScoreThreshold, score_threshold

PreprocessStep = Annotated[DecodeImage | Resize | Scale, Field(discriminator="step")]
PostprocessStep = Annotated[
    ClassScores | ScoreThreshold | NonMaximumSuppression | ClipBoxes, Field(discriminator="step")
]


def preprocess(pixels: Array, steps: Iterable[PreprocessStep]) -> Array:
    """Return what the model is given for a picture [H,W,3], which is decoded already."""
    for step in steps:
        match step:
            case DecodeImage():
                continue
            case Resize():
                pixels = resize(pixels, step)
            case Scale():
                pixels = scale(pixels, step)
            case _:
                assert_never(step)
    return pixels


def postprocess(
    found: Candidates, steps: Iterable[PostprocessStep], parameters: Mapping[str, float]
) -> Candidates:
    """Return the candidates that the steps leave, given the request's parameters."""
    for step in steps:
        match step:
            case ClassScores():
                found = class_scores(found, step)
            case ScoreThreshold():
                found = score_threshold(found, parameters[step.parameter])
            case NonMaximumSuppression():
                found = non_maximum_suppression(found, step, parameters.get("threshold"))
            case ClipBoxes():
                found = clip_boxes(found)
            case _:
                assert_never(step)
    return found
