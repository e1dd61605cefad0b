"""Segmenters: maps of scores, or of classes."""

from __future__ import annotations

from dataclasses import dataclass

from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess
from maxctl.runtimes.draft.picture_shape import PictureShape, picture_shape

MASK = r"\b(seg(ment(ation)?(er)?)?s?|semantic( predictions)?|masks?|alpha|matte|pha|deeplab|u ?net|selfie)\b"
SHRINKS = (1, 2, 4, 8, 16)
"""By how much the sides of a map may be smaller than those of the picture."""


@dataclass(frozen=True, slots=True)
class MaskForm:
    """An output with a value for each pixel."""

    tensor: Tensor
    decided: bool
    """Whether it holds the classes, rather than scores."""
    first: bool
    """Whether the classes come before rows and columns."""
    classes: int | None
    reason: str
    confidence: Confidence


def form(facts: Facts) -> MaskForm | None:
    """Return the map among the outputs, or None."""
    picture = next(filter(None, map(picture_shape, facts.inputs)), None)
    if picture is None:
        return None
    for one in facts.outputs:
        found = _form(facts, one, picture)
        if found is not None:
            return found
    return None


def _form(facts: Facts, tensor: Tensor, picture: PictureShape) -> MaskForm | None:
    called = tensor.is_called(MASK) or bool(facts.speaks_of(MASK))
    decided = tensor.integers or tensor.last() == "argmax"
    if tensor.shape is None:
        if called and tensor.is_called(MASK):
            return MaskForm(tensor, decided, False, None, f"an output called {tensor.name}", "high")
        return None
    if tensor.rank == 3 and decided and _fits(tensor.shape[1:3], picture):
        why = f"a whole number for each pixel in {tensor.name}"
        return MaskForm(tensor, True, False, None, why, "high" if called else "medium")
    if tensor.rank != 4:
        return None
    _, one, two, three = tensor.shape
    last, first = _fits((one, two), picture), _fits((two, three), picture)
    if not last and not first:
        return None
    channels_first = first and not (last and picture.layout == "NHWC")
    classes = one if channels_first else three
    if classes is not None and classes > 512:
        return None
    open_ended = picture.height is None or None in ((two, three) if channels_first else (one, two))
    alone = len(facts.outputs) == 1 and tensor.last() in ("sigmoid", "softmax")
    if open_ended and not called and not alone:
        return None
    if decided:
        return MaskForm(
            tensor, True, False, None, f"a whole number for each pixel in {tensor.name}", "medium"
        )
    why = f"{classes or 'some'} values for each pixel in {tensor.name}"
    sure: Confidence = "high" if called else "low" if open_ended else "medium"
    return MaskForm(tensor, False, channels_first, classes, why, sure)


def _fits(sides: tuple[int | None, ...], picture: PictureShape) -> bool:
    """Return whether rows and columns are those of the picture, or a known part of them."""
    wanted = (picture.height, picture.width)
    if None in sides or None in wanted:
        return all(side is None or side > 15 for side in sides)
    ratios = {want / side for side, want in zip(sides, wanted, strict=True) if side and want}
    return len(ratios) == 1 and ratios.pop() in SHRINKS


def answer(found: MaskForm) -> Answer:
    """Return the steps from the map to the picture's own pixels."""
    tensor, sure = found.tensor, found.confidence
    whole = Guess(
        {"step": "resize_mask_to_picture", "filter": "nearest"},
        "callers want the class of each pixel of their own picture", "low", "a habit",
    )  # fmt: skip
    if found.decided:
        role = Guess(tensor.name, "the class of each pixel", sure, tensor.name)
        return Answer(roles={"seg_map": role}, steps=(whole,))
    steps: list[Guess] = []
    if found.first:
        steps.append(
            Guess(
                {"step": "map_layout", "order": "CHW"},
                "the classes come before rows and columns",
                sure,
                tensor.name,
            )
        )
    parameters = {}
    if found.classes == 1:
        if tensor.last() != "sigmoid":
            steps.append(
                Guess(
                    {"step": "sigmoid"},
                    f"one score a pixel, and it ends in {tensor.last() or 'no sigmoid'}",
                    "low",
                    tensor.name,
                )
            )
        steps.append(
            Guess(
                {"step": "mask_threshold", "parameter": "threshold"},
                "one score a pixel: more than the threshold is the thing",
                "medium",
                tensor.name,
            )
        )
        value = {"default": 0.5, "minimum": 0, "maximum": 1, "description": "Score that a pixel must exceed."}
        parameters = {"threshold": Guess(value, "half of the range; yours to choose", "low", "a habit")}
    else:
        steps.append(
            Guess(
                {"step": "argmax_mask"},
                "each pixel belongs to the class with its highest score",
                "medium",
                tensor.name,
            )
        )
    role = Guess(tensor.name, "scores of each pixel", sure, tensor.name)
    classes = 2 if found.classes == 1 else found.classes
    return Answer(roles={"scores": role}, steps=(*steps, whole), parameters=parameters, classes=classes)
