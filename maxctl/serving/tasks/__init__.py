"""The tasks by name: what a model of a kind answers, and in which shapes."""

from __future__ import annotations

from .interface import Task
from .object_detection import ObjectDetection

__all__ = ["Task", "find", "names"]

_TASKS: dict[str, Task] = {"object-detection": ObjectDetection()}


def names() -> list[str]:
    """Return every task that `service.json` may name."""
    return sorted(_TASKS)


def find(name: str) -> Task:
    """Return the task; KeyError where there is no such name."""
    return _TASKS[name]
