"""What happens to an input before the model, and to the model's answer after it: one file a step."""

from __future__ import annotations

from .chain import PostprocessStep, PreprocessStep, postprocess, preprocess
from .options import Postprocess, Preprocess
from .value import Context, Tensors, Value

__all__ = [
    "Context",
    "Postprocess",
    "PostprocessStep",
    "Preprocess",
    "PreprocessStep",
    "Tensors",
    "Value",
    "postprocess",
    "preprocess",
]
