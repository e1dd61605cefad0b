"""What OpenVINO's Model API keeps in a model's `model_info`: its task, and how a picture becomes its input."""

from __future__ import annotations

from typing import Any

from maxctl.runtimes.draft.facts import Facts
from maxctl.runtimes.draft.guess import Guess
from maxctl.runtimes.draft.picture_shape import PictureShape

_TASKS = {
    "classification": "image-classification", "ssd": "object-detection", "segmentation": "image-segmentation",
    "keypointdetection": "key-points",
}  # fmt: skip
_SOURCE = "model_info"


def task_of(facts: Facts) -> Guess | None:
    """Return the task that `model_type` states."""
    said = facts.metadata.get("model_info.model_type", "")
    plain = said.lower().replace("_", "").replace(" ", "")
    value = "object-detection" if plain.startswith("yolo") else _TASKS.get(plain)
    return Guess(value, f"model_type {said}", "high", _SOURCE) if value else None


def picture_steps(facts: Facts, shape: PictureShape) -> list[Guess]:
    """Return size, order of colours and range; empty where nothing of it is stated, or the graph does it itself."""
    said = {key.removeprefix("model_info."): value for key, value in facts.metadata.items()}
    if _yes(said.get("embedded_processing", "")) or not said.keys() & {
        "resize_type",
        "mean_values",
        "scale_values",
    }:
        return []
    steps = []
    kind = said.get("resize_type", "standard")
    if shape.height and shape.width:
        size: dict[str, Any] = {"height": shape.height, "width": shape.width, "filter": "opencv-bilinear"}
        if kind.startswith("fit_to_window"):
            pad = _numbers(said.get("pad_value", ""))[:1] or [0.0]
            align = "center" if kind.endswith("letterbox") else "top-left"
            step = {"step": "letterbox", **size, "color": pad, "align": align}
        else:
            step = {"step": "resize", **size}
        steps.append(
            Guess(step, f"resize_type {kind}; OpenVINO's Model API resizes by OpenCV", "high", _SOURCE)
        )
    if _yes(said.get("reverse_input_channels", "")):
        # the Model API reads pictures as blue, green, red, so what it reverses arrives as it is here
        reason = "reverse_input_channels: the model takes red, green, blue, as pictures arrive"
    else:
        reason = "no reverse_input_channels: the model takes pictures as OpenCV reads them"
        steps.append(Guess({"step": "color_order", "order": "bgr"}, reason, "medium", _SOURCE))
    mean, std = _numbers(said.get("mean_values", "")), _numbers(said.get("scale_values", ""))
    if mean or std:
        value: dict[str, Any] = {"step": "normalize"}
        value.update({"mean": mean} if mean else {})
        value.update({"std": std} if std else {})
        steps.append(Guess(value, f"mean_values and scale_values; {reason}", "high", _SOURCE))
    return steps


def _yes(text: str) -> bool:
    return text.strip().lower() in ("yes", "true", "1")


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(",", " ").split()][:4]
    except ValueError:
        return []
