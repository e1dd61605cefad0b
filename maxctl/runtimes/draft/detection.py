"""Detectors: which of the forms that are in use a model's outputs have, and what each needs."""

from __future__ import annotations

from maxctl.runtimes.draft import hooks
from maxctl.runtimes.draft.anchors import anchored, layered
from maxctl.runtimes.draft.boxes import (
    Form,
    box_format,
    clip,
    over_threshold,
    role_of,
    step,
    suppression,
    threshold,
)
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess
from maxctl.runtimes.draft.yolo import rows

BOXES = r"\b(boxes|bboxes|box|location|locations|regressors?|rects?|bbox)\b"
SCORES = r"\b(scores?|confidences?|probabilities|conf|classificators?|classifier|probs?)\b"
CLASSES = r"\b(classes|class|category|categories|labels?)\b"
COUNT = r"\b(num|count|number|num boxes|num detections)\b"


def form(facts: Facts) -> Form | None:
    """Return the form of the outputs, or None where they are no detections."""
    for recognise in (_cut, _suppressed, _queries, layered, anchored, rows, _finished_rows):
        found = recognise(facts)
        if found is not None:
            return found
    return None


def _cut(facts: Facts) -> Form | None:
    """Return the form of a graph of TensorFlow's Object Detection API, read from its own constants."""
    cut = facts.evidence.cut
    if not cut:
        return None
    source = cut["boxes"]["tensor"]
    first_id = int(cut["first_id"])
    steps = [
        Guess(
            {"step": "class_scores", "first_id": first_id},
            f"the graph leaves out {first_id} column before the first class ({cut['slice']})" if first_id
            else "the graph leaves out no column before the first class",
            "high",
            cut["slice"],
        ),
        *suppression(0.5, "agnostic", "as MAX's Object Detector: of what overlaps only the surest is told"),
        clip(),
    ]  # fmt: skip
    return Form(
        f"anchors of TensorFlow's Object Detection API: {cut['candidates']} boxes and their scores",
        "high",
        source,
        Answer(
            roles={
                "boxes": Guess("boxes", "the decoded boxes of the anchors", "high", source),
                "scores": Guess("scores", "the scores of their classes", "high", cut["scores"]["tensor"]),
            },
            steps=tuple(steps),
            parameters={"threshold": threshold(0.7)},
            classes=cut["classes"],
            first_id=first_id,
        ),
    )


def _suppressed(facts: Facts) -> Form | None:
    """Return the form of models that have suppressed already: boxes, classes, scores and often their number."""
    named = _by_name(facts)
    inside = "tflitedetectionpostprocess" in facts.operators
    known = {"boxes", "scores", "classes"} <= named.keys()
    eight = {} if known else _of_eight(facts)
    roles = named if known else _by_order(facts) if inside else eight
    if not {"boxes", "scores", "classes"} <= roles.keys():
        return None
    first_id = 0 if inside else 1
    why = (
        "TFLite_Detection_PostProcess counts classes from 0, without the background"
        if inside
        else "models of TensorFlow's Object Detection API count classes from 1"
    )
    sure: Confidence = (
        "high" if inside or all(one.is_called(r"\bdetection\b") for one in roles.values()) else "medium"
    )
    reason = (
        "the operator TFLite_Detection_PostProcess"
        if inside
        else "eight outputs in the order of TensorFlow's Object Detection API"
        if eight
        else f"outputs called {', '.join(roles[role].name for role in ('boxes', 'scores', 'classes'))}"
    )
    return Form(
        f"{reason}: boxes that were suppressed already; {why}",
        sure,
        roles["boxes"].name,
        Answer(
            roles={role: role_of(tensor, role, sure) for role, tensor in roles.items()},
            steps=(
                Guess(
                    {"step": "score_threshold", "parameter": "threshold"},
                    "the model has suppressed already, so only the threshold is left",
                    sure,
                    reason,
                ),
                clip(),
            ),
            parameters={"threshold": threshold(facts.evidence.score_threshold or 0.5)},
            first_id=first_id,
        ),
    )


def _by_name(facts: Facts) -> dict[str, Tensor]:
    """Return the roles by what outputs are called; one that is called `raw` is none."""
    found: dict[str, Tensor] = {}
    patterns = (("count", COUNT), ("boxes", BOXES), ("classes", CLASSES), ("scores", SCORES))
    for one in facts.outputs:
        if one.is_called(r"\b(raw|anchor|multiclass|mask|keypoints?)\b"):
            continue
        for role, pattern in patterns:
            if one.is_called(pattern) and role not in found and _fits(one, role):
                found[role] = one
                break
    return found


def _fits(tensor: Tensor, role: str) -> bool:
    shape = tensor.shape
    if shape is None:
        return True
    if role == "count":
        return tensor.tail() == () or len(shape) == 1
    if role == "boxes":
        return shape[-1:] in ((4,), (None,))
    return len(shape) in (1, 2)


def _by_order(facts: Facts) -> dict[str, Tensor]:
    """Return the roles in TFLite_Detection_PostProcess's order: boxes, classes, scores, number."""
    if len(facts.outputs) != 4:
        return {}
    return dict(zip(("boxes", "classes", "scores", "count"), facts.outputs, strict=True))


def _of_eight(facts: Facts) -> dict[str, Tensor]:
    """Return the roles in the eight outputs of TensorFlow 2's Object Detection API, in the order of their names.

    They are anchor indices, boxes, classes, scores of all classes, scores, number, and the two before suppression.
    """
    shapes = [one.shape or () for one in facts.outputs]
    if len(shapes) != 8 or [len(one) for one in shapes] != [2, 3, 2, 3, 2, 1, 3, 3]:
        return {}
    if shapes[1][2] != 4 or shapes[6][2] != 4 or shapes[3][2] != shapes[7][2]:
        return {}
    _, boxes, classes, _, scores, count, *_ = facts.outputs
    return {"boxes": boxes, "classes": classes, "scores": scores, "count": count}


def _queries(facts: Facts) -> Form | None:
    """Return the form of DETR and its kin: `logits` [1,Q,C+1] and `pred_boxes` [1,Q,4]."""
    logits, boxes = facts.named("logits"), facts.named("pred_boxes")
    if logits is None or boxes is None:
        return None
    classes = (logits.shape or (None,))[-1]
    steps = [
        box_format(
            "cxcywh", "parts", "high", "pred_boxes are middle, width and height in parts of the picture"
        )
    ]
    focal = facts.document.get("model_type") in (
        "deformable_detr",
        "rt_detr",
        "rt_detr_v2",
        "conditional_detr",
        "d_fine",
    )
    if focal:
        steps.append(
            step(
                "sigmoid",
                "models of this kind have one sigmoid a class, and no class for nothing",
                "high",
                "config.json",
            )
        )
    else:
        steps.append(
            step("softmax", "the logits of DETR are of all classes and of nothing", "medium", logits.name)
        )
        if classes:
            drop = {"step": "drop_classes", "ids": [classes - 1]}
            steps.append(Guess(drop, "the last class of DETR stands for nothing", "medium", logits.name))
    steps += [
        Guess({"step": "class_scores", "first_id": 0}, "column 0 is class 0 of id2label", "high", "logits"),
        over_threshold(),
        clip(),
    ]
    return Form(
        "logits and pred_boxes, as DETR and its kin give them",
        "high",
        "pred_boxes",
        Answer(
            roles={"boxes": role_of(boxes, "boxes", "high"), "scores": role_of(logits, "scores", "high")},
            steps=tuple(steps),
            parameters={"threshold": threshold(0.5)},
            classes=classes if focal or not classes else classes - 1,
        ),
    )


def _finished_rows(facts: Facts) -> Form | None:
    """Return the form of models that end in finished rows [1,N,6]: corners, score, class."""
    for one in facts.outputs:
        shape = one.shape or ()
        if len(shape) != 3 or shape[2] != 6 or not one.floats or (shape[1] is not None and shape[1] > 1000):
            continue
        stated = bool(facts.metadata.get("names")) or one.is_called(r"\bdetections?\b")
        sure: Confidence = "medium" if stated else "low"
        return Form(
            f"rows of 6 numbers in {one.name}: corners, score and class",
            sure,
            one.name,
            Answer(
                steps=(
                    box_format(
                        "xyxy", "pixels", "low", "most such models give corners in pixels of the input"
                    ),
                    over_threshold(),
                    clip(),
                ),
                parameters={"threshold": threshold(0.25)},
                hook=Guess(
                    hooks.OF_FINISHED.format(output=one.name),
                    "boxes, scores and classes share one output, which no step parts: a hook does",
                    sure,
                    one.name,
                ),
            ),
        )
    return None
