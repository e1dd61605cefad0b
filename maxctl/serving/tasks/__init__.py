"""The tasks by name: what a model of a kind answers, and in which shapes."""

from __future__ import annotations

from .audio_classification import AudioClassification
from .custom import CUSTOM, Custom
from .embedding import Embedding
from .image_classification import ImageClassification
from .image_segmentation import ImageSegmentation
from .interface import OutputTensor, Task
from .key_points import KeyPoints
from .object_detection import ObjectDetection
from .speech_activity import SpeechActivity
from .tabular import Tabular
from .text_classification import TextClassification

__all__ = ["CUSTOM", "OutputTensor", "Task", "find", "names"]

_TASKS: dict[str, Task] = {
    "object-detection": ObjectDetection(),
    "image-classification": ImageClassification(),
    "image-segmentation": ImageSegmentation(),
    "key-points": KeyPoints(),
    "audio-classification": AudioClassification(),
    "speech-activity": SpeechActivity(),
    "text-classification": TextClassification(),
    "embedding": Embedding(),
    "tabular": Tabular(),
    CUSTOM: Custom(),
}


def names() -> list[str]:
    """Return every task that `service.json` may name."""
    return sorted(_TASKS)


def find(name: str) -> Task:
    """Return the task; KeyError where there is no such name."""
    return _TASKS[name]
