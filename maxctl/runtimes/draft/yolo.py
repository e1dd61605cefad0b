"""Detectors whose one output has a row, or a column, of box and scores for each candidate: YOLO and its kin."""

from __future__ import annotations

from maxctl.runtimes.draft import hooks
from maxctl.runtimes.draft.boxes import Form, box_format, clip, suppression, threshold
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess
from maxctl.runtimes.draft.picture_shape import picture_shape


def rows(facts: Facts) -> Form | None:
    """Return the form of YOLO: one output with a row, or a column, of box and scores for each candidate."""
    yolo = facts.metadata.get("task", "")
    if yolo and yolo != "detect":
        return None
    for one in facts.outputs:
        if one.rank != 3 or not one.floats:
            continue
        shape = _row_shape(facts, one)
        if shape is None:
            continue
        count, width, columns = shape
        objectness = _has_objectness(facts, count, width)
        classes = width - (5 if objectness else 4)
        stated = facts.metadata.get("names") is not None or bool(facts.speaks_of(r"\byolo\w*|ultralytics"))
        sure: Confidence = "high" if stated else "medium"
        form_ = "[1, candidates, values]" if not columns else "[1, values, candidates]"
        return Form(
            f"one output {form_} of {width} values: 4 of a box{', 1 for anything at all' if objectness else ''}"
            f" and {classes} classes, as YOLO gives them",
            sure,
            one.name,
            Answer(
                steps=(
                    box_format(
                        "cxcywh",
                        "pixels",
                        sure,
                        "YOLO's boxes are middle, width and height in pixels of the input",
                    ),
                    Guess(
                        {"step": "class_scores", "first_id": 0}, "YOLO counts classes from 0", sure, one.name
                    ),
                    *suppression(0.7 if not objectness else 0.45, "per-class", "YOLO's own default"),
                    clip(),
                ),
                parameters={"threshold": threshold(0.25)},
                hook=Guess(
                    (hooks.OF_OBJECTS if objectness else hooks.OF_ROWS).format(
                        output=one.name, turn=".T" if columns else ""
                    ),
                    "boxes and scores share one output, which no step parts: a hook does",
                    "high",
                    one.name,
                ),
                classes=classes,
            ),
        )
    return None


def _row_shape(facts: Facts, tensor: Tensor) -> tuple[int | None, int, bool] | None:
    """Return how many candidates, how many values each has, and whether the values come first."""
    _, first, second = tensor.shape or (None, None, None)
    stated = bool(facts.metadata.get("names")) or bool(facts.speaks_of(r"\byolo\w*|ultralytics"))
    counts = _yolo_counts(facts)
    if not stated and not {first, second} & counts:
        return None
    if first is not None and first >= 5 and (second is None or second > 4 * first):
        return (second, first, True) if second is not None or stated else None
    if second is not None and second >= 6 and (first is None or first > 4 * second):
        return (first, second, False) if first is not None and (stated or first > 1000) else None
    return None


def _yolo_counts(facts: Facts) -> set[int | None]:
    """Return how many candidates YOLO has for the input's size: one or three in each cell of three grids."""
    picture = next(filter(None, map(picture_shape, facts.inputs)), None)
    if not (picture and picture.height and picture.width):
        return set()
    cells = sum((picture.height // stride) * (picture.width // stride) for stride in (8, 16, 32))
    return {cells, 3 * cells}


def _has_objectness(facts: Facts, count: int | None, width: int) -> bool:
    """Return whether each row has a number for anything at all: YOLOv5 to v7 have it, and three boxes a cell."""
    names = facts.metadata.get("names", "")
    known = [len(labels["rows"]) for labels in facts.evidence.labels]
    if width - 4 in known or width - 5 in known:
        return width - 5 in known and width - 4 not in known
    counts = _yolo_counts(facts)
    return (bool(counts) and count == max(one or 0 for one in counts)) or (
        not names and bool(facts.speaks_of(r"\byolo ?v?(5|7|x)\b"))
    )
