"""The declared steps, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from .add_axis import AddAxis
from .argmax_mask import ArgmaxMask
from .box_format import BoxFormat
from .class_scores import ClassScores
from .clean_text import CleanText
from .clip_boxes import ClipBoxes
from .color_order import ColorOrder
from .columns import Columns
from .crop import Crop
from .decode_audio import DecodeAudio
from .decode_boxes import DecodeBoxes
from .decode_image import DecodeImage
from .drop_classes import DropClasses
from .dtype import Dtype
from .first_token import FirstToken
from .grayscale import Grayscale
from .heat_map_points import HeatMapPoints
from .l2_normalize import L2Normalize
from .layout import Layout
from .letterbox import Letterbox
from .log import Log
from .lowercase import Lowercase
from .map_layout import MapLayout
from .mask_threshold import MaskThreshold
from .mean_pool import MeanPool
from .mel_spectrogram import MelSpectrogram
from .mfcc import Mfcc
from .non_maximum_suppression import NonMaximumSuppression
from .normalize import Normalize
from .normalize_audio import NormalizeAudio
from .number_classes import NumberClasses
from .options import Postprocess, Preprocess
from .pad import Pad
from .point_format import PointFormat
from .point_threshold import PointThreshold
from .pool_windows import AverageWindows, MaxWindows
from .pose_lines import PoseLines
from .resample import Resample
from .resize import Resize
from .resize_mask_to_picture import ResizeMaskToPicture
from .resize_side import ResizeSide
from .run_length_encoding import RunLengthEncoding
from .scale import Scale
from .score_threshold import ScoreThreshold
from .select_class import SelectClass
from .sigmoid import Sigmoid
from .softmax import Softmax
from .spectrogram import Spectrogram
from .speech_segments import SpeechSegments
from .strings import Strings
from .threshold import Threshold
from .tokenize import Tokenize
from .top_k import TopK
from .trim_or_pad import TrimOrPad
from .two_classes import TwoClasses
from .value import Context, Value
from .windows import Windows

SoundStep = (
    DecodeAudio
    | Resample
    | TrimOrPad
    | Windows
    | NormalizeAudio
    | Spectrogram
    | MelSpectrogram
    | Log
    | Mfcc
    | AddAxis
)
PictureStep = (
    DecodeImage
    | ColorOrder
    | Grayscale
    | Crop
    | Resize
    | ResizeSide
    | Letterbox
    | Pad
    | Scale
    | Normalize
    | Layout
    | Dtype
)
TextStep = Lowercase | CleanText | Tokenize | Strings
PoolStep = (
    AverageWindows
    | MaxWindows
    | MeanPool
    | FirstToken
    | L2Normalize
    | TwoClasses
    | SelectClass
    | SpeechSegments
)
ScoreStep = DropClasses | NumberClasses | Softmax | Sigmoid | TopK | Threshold
BoxStep = BoxFormat | DecodeBoxes | ClassScores | ScoreThreshold | NonMaximumSuppression | ClipBoxes
MaskStep = MapLayout | ArgmaxMask | MaskThreshold | ResizeMaskToPicture | RunLengthEncoding
PointStep = HeatMapPoints | PointFormat | PointThreshold | PoseLines
PreprocessStep = Annotated[PictureStep | SoundStep | TextStep | Columns, Field(discriminator="step")]
PostprocessStep = Annotated[
    BoxStep | MaskStep | PointStep | ScoreStep | PoolStep,
    Field(discriminator="step"),
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
