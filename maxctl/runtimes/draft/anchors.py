"""Detectors with one box for each anchor, whose scores are an output of their own."""

from __future__ import annotations

from dataclasses import replace

from maxctl.runtimes.draft import hooks
from maxctl.runtimes.draft.boxes import Form, clip, role_of, step, suppression, threshold
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Guess
from maxctl.runtimes.draft.picture_shape import picture_shape

# anchors of the detectors of MediaPipe: (side of the input, candidates) -> cells of a grid's side, boxes in each
_SQUARE_ANCHORS = {
    (128, 896): ((16, 2), (8, 6)),
    (256, 896): ((16, 2), (8, 6)),
    (192, 2304): ((48, 1),),
    (192, 2016): ((24, 2), (12, 6)),
    (256, 2944): ((32, 2), (16, 2), (8, 6)),
    (224, 2254): ((28, 2), (14, 2), (7, 6)),
}
_SSD_GRIDS = {1917: [[19, 19], [10, 10], [5, 5], [3, 3], [2, 2], [1, 1]]}


def layered(facts: Facts) -> Form | None:
    """Return the form of anchors whose layers are outputs of their own: boxes [1,N,4+…] and scores [1,N,1] of each."""
    layers: dict[int, dict[str, Tensor]] = {}
    for one in facts.outputs:
        shape = one.shape or ()
        if len(shape) != 3 or shape[1] is None or shape[1] < 10 or shape[2] is None:
            return None
        role = "scores" if shape[2] == 1 else "boxes"
        if role in layers.setdefault(shape[1], {}):
            return None
        layers[shape[1]][role] = one
    widths = {(one["boxes"].shape or ())[2] for one in layers.values() if "boxes" in one}
    if len(layers) < 2 or any(len(one) != 2 for one in layers.values()) or len(widths) != 1:
        return None
    width = widths.pop() or 0
    if width < 4 or width % 2:
        return None
    ordered = [layers[count] for count in sorted(layers, reverse=True)]
    first = ordered[0]
    found = _with_anchors(facts, first["boxes"], first["scores"], sum(layers), 1, extra=width - 4)
    names = {
        role: ", ".join(f"outputs[{one[role].name!r}]" for one in ordered) for role in ("boxes", "scores")
    }
    hook = Guess(
        hooks.OF_LAYERS.format(**names),
        f"{len(layers)} layers of anchors are outputs of their own, which no step joins: a hook does",
        "medium",
        first["boxes"].name,
    )
    reason = f"{sum(layers)} boxes and scores in {len(layers)} layers"
    return replace(found, reason=reason, answer=replace(found.answer, hook=hook, roles={}))


def anchored(facts: Facts) -> Form | None:
    """Return the form of one box for each anchor, [1,N,4], beside its scores, [1,N,C]."""
    for boxes in facts.outputs:
        size = boxes.tail()
        if len(size) != 2 or size[0] is None or size[1] is None or size[0] < 10 or size[1] < 4:
            continue
        wide = size[1] > 4
        for scores in facts.outputs:
            if scores is boxes or (scores.shape or ())[1:2] != (size[0],) or scores.rank not in (2, 3):
                continue
            classes = scores.tail()[1] if len(scores.tail()) == 2 else 1
            of_points = wide and classes == 1 and size[1] % 2 == 0
            if size[1] == 4 or of_points:
                return _with_anchors(facts, boxes, scores, size[0], classes, extra=size[1] - 4)
    return None


def _with_anchors(
    facts: Facts, boxes: Tensor, scores: Tensor, count: int, classes: int | None, *, extra: int
) -> Form:
    steps: list[Guess] = []
    notes = f"{count} boxes in {boxes.name} and as many scores in {scores.name}"
    picture = next(filter(None, map(picture_shape, facts.inputs)), None)
    side = picture.height if picture else None
    known = _SQUARE_ANCHORS.get((side or 0, count))
    if known and side and extra:
        layers = [{"rows": cells, "columns": cells, "boxes": [[1.0, 1.0]] * each} for cells, each in known]
        value = {
            "step": "decode_boxes", "layers": layers, "order": "cxcywh",
            "variances": [1 / side, 1 / side], "sides": "linear",
        }  # fmt: skip
        steps.append(
            Guess(value, f"{count} candidates for {side} pixels are MediaPipe's grids", "medium", boxes.name)
        )
    elif "exp" not in facts.operators and count in _SSD_GRIDS:
        steps.append(
            Guess(
                {"step": "decode_boxes", "anchors": {"grids": _SSD_GRIDS[count]}},
                f"{count} anchors are those of SSD on 300 pixels, and no operator decodes them",
                "medium",
                boxes.name,
            )
        )
    elif "exp" not in facts.operators:
        reason = "no operator decodes the boxes: unless they are corners, add decode_boxes with the model's anchors"
        steps.append(
            Guess({"step": "box_format", "format": "yxyx", "unit": "parts"}, reason, "low", boxes.name)
        )
    steps += _normalized_scores(scores, classes)
    background = _background(facts, classes)
    if background:
        steps.append(Guess({"step": "drop_classes", "ids": [0]}, background, "medium", scores.name))
    first_id = 0
    steps.append(
        Guess({"step": "class_scores", "first_id": first_id}, "column 0 is class 0", "medium", scores.name)
    )
    steps += suppression(0.5, "agnostic" if classes == 1 else "per-class", "candidates of anchors overlap")
    steps.append(clip())
    hook, roles = (
        None,
        {"boxes": role_of(boxes, "boxes", "medium"), "scores": role_of(scores, "scores", "medium")},
    )
    if extra:
        roles = {}
        hook = Guess(
            hooks.OF_PARTS.format(boxes=boxes.name, scores=scores.name, points=extra // 2),
            f"each of the {count} rows holds a box and {extra // 2} points: a hook takes the boxes",
            "medium",
            boxes.name,
        )
    return Form(
        notes,
        "medium",
        boxes.name,
        Answer(
            roles=roles,
            steps=tuple(steps),
            parameters={"threshold": threshold(facts.evidence.score_threshold or 0.5)},
            hook=hook,
            classes=classes,
            first_id=first_id,
        ),
    )


def _normalized_scores(scores: Tensor, classes: int | None) -> list[Guess]:
    if scores.last() in ("sigmoid", "softmax"):
        return []
    if classes == 1 or scores.last():
        reason = "one class" if classes == 1 else f"{scores.name} ends in {scores.last()}"
        return [
            step(
                "sigmoid",
                f"{reason}, and no operator makes probabilities of the scores",
                "medium",
                scores.name,
            )
        ]
    return []


def _background(facts: Facts, classes: int | None) -> str | None:
    if classes == 91:
        return "91 classes are those of COCO with the background first"
    for labels in facts.evidence.labels:
        if classes and len(labels["rows"]) == classes - 1:
            return (
                f"{labels['source']} has one label less than there are classes: the first is the background"
            )
    return None
