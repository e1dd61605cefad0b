"""What happens to a picture before the model, and to the model's answer after it: one file a step."""

from __future__ import annotations

from .candidates import Candidates
from .chain import PostprocessStep, PreprocessStep, postprocess, preprocess
from .class_scores import ClassScores
from .clip_boxes import ClipBoxes
from .decode_image import DecodeImage, decode_image
from .non_maximum_suppression import NonMaximumSuppression
from .resize import Resize
from .scale import Scale
from .score_threshold import ScoreThreshold

__all__ = [
    "Candidates",
    "ClassScores",
    "ClipBoxes",
    "DecodeImage",
    "NonMaximumSuppression",
    "PostprocessStep",
    "PreprocessStep",
    "Resize",
    "Scale",
    "ScoreThreshold",
    "decode_image",
    "postprocess",
    "preprocess",
]
