"""What all forms of detections share: how one is described, and the steps that end it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maxctl.runtimes.draft.facts import Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess


@dataclass(frozen=True, slots=True)
class Form:
    """One form of detections: why it is that one, and how it is read."""

    reason: str
    confidence: Confidence
    source: str
    answer: Answer


def role_of(tensor: Tensor, role: str, sure: Confidence) -> Guess:
    """Return the output that has a role."""
    said = f", which metadata calls {tensor.said}" if tensor.said else ""
    return Guess(tensor.name, f"{role} by name, shape or place{said}", sure, tensor.name)


def step(name: str, reason: str, sure: Confidence, source: str, **options: Any) -> Guess:
    """Return a step with its options."""
    return Guess({"step": name, **options}, reason, sure, source)


def box_format(form_: str, unit: str, sure: Confidence, reason: str) -> Guess:
    """Return the step that says in which form boxes come."""
    return step("box_format", reason, sure, "a habit", format=form_, unit=unit)


def clip() -> Guess:
    """Return the step that cuts boxes at the picture's edges."""
    return step("clip_boxes", "boxes may reach a little outside the picture", "medium", "a habit")


def over_threshold() -> Guess:
    """Return the step for models that tell nothing twice."""
    return step(
        "score_threshold", "the model gives few boxes, none twice", "medium", "a habit", parameter="threshold"
    )


def suppression(iou: float, classes: str, reason: str) -> list[Guess]:
    """Return the steps for models whose boxes overlap."""
    limits = {"iou": iou, "classes": classes, "max_detections": 100}
    return [
        step(
            "score_threshold",
            "suppression takes part in what exceeds the request's threshold",
            "medium",
            "a habit",
            parameter="threshold",
        ),
        step("non_maximum_suppression", reason, "low", "a habit", **limits),
    ]


def threshold(default: float) -> Guess:
    """Return the parameter that callers set."""
    value = {
        "default": default, "minimum": 0, "maximum": 1,
        "description": "Probability that a detection must exceed.",
    }  # fmt: skip
    return Guess(
        value, "callers of MAX's detectors set a threshold; its default is yours to choose", "low", "a habit"
    )
