"""The tasks by name: what a model of a kind answers, and in which shapes."""

from __future__ import annotations

from .custom import CUSTOM, Custom
from .interface import OutputTensor, Task
from .object_detection import ObjectDetection

__all__ = ["CUSTOM", "OutputTensor", "Task", "find", "names"]

_TASKS: dict[str, Task] = {"object-detection": ObjectDetection(), CUSTOM: Custom()}


def names() -> list[str]:
    """Return every task that `service.json` may name."""
    return sorted(_TASKS)


def find(name: str) -> Task:
    """Return the task; KeyError where there is no such name."""
    return _TASKS[name]
