"""Key points of faces, hands and bodies: points, heat maps, and flat lists of coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from maxctl.runtimes.draft import hooks
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess
from maxctl.runtimes.draft.picture_shape import picture_shape

POINTS = (
    r"\b(land ?marks?|key ?points?|pose|\w*pose|movenet|move ?net|mesh|face ?mesh|iris|skeleton|heat ?maps?( 2)?|"
    r"hand ?(land ?mark|skeleton)|joints?|mesh identity)\b"
)
HEAT_MAPS = r"\b(heat ?maps?|confs?|key ?points?|joints?)\b"
FEWEST, MOST = 5, 600
_BLAZEPOSE = 195
"""39 points with x, y, z, visibility and presence."""


@dataclass(frozen=True, slots=True)
class PointForm:
    """How the points come: `points`, `heat_maps` or `flat`, how many, and how many numbers each has."""

    tensor: Tensor
    form: str
    count: int
    numbers: int
    first: bool
    reason: str
    confidence: Confidence


def form(facts: Facts) -> PointForm | None:
    """Return how the points come, or None where nothing tells of points."""
    place = facts.speaks_of(POINTS)
    for one in facts.outputs:
        shape = one.shape or ()
        called = one.is_called(POINTS)
        if (
            len(shape) in (3, 4)
            and shape[-1] in (2, 3)
            and _few(shape[-2])
            and len(one.tail()) == 2
            and (place or called)
        ):
            why = f"{shape[-2]} rows of {shape[-1]} numbers in {one.name}; {place or 'its name'} speaks of key points"
            return PointForm(one, "points", shape[-2] or 0, shape[-1] or 2, False, why, "high")
    for one in facts.outputs:
        found = _heat_maps(facts, one, place)
        if found:
            return found
    flat = [
        one for one in facts.outputs if len(one.tail()) == 1 and one.rank != 3 and (one.tail()[0] or 0) >= 10
    ]
    for one in sorted(flat, key=lambda one: -(one.tail()[0] or 0)) if place else ():
        size = [one.tail()[0] or 0]
        numbers = 5 if size[0] == _BLAZEPOSE else 3 if size[0] % 3 == 0 else 2 if size[0] % 2 == 0 else 0
        if numbers and _few(size[0] // numbers):
            count = size[0] // numbers
            why = f"{size[0]} numbers in {one.name}, and {place} speaks of key points: {count} with {numbers} each"
            return PointForm(one, "flat", size[0] // numbers, numbers, False, why, "medium")
    return None


def _few(count: int | None) -> bool:
    return count is not None and FEWEST <= count <= MOST


def _heat_maps(facts: Facts, tensor: Tensor, place: str | None) -> PointForm | None:
    picture = next(filter(None, map(picture_shape, facts.inputs)), None)
    if tensor.rank != 4 or picture is None or not tensor.floats:
        return None
    _, one, two, three = tensor.shape or (None, None, None, None)
    first = picture.layout == "NCHW"
    count = one if first else three
    called = tensor.is_called(HEAT_MAPS)
    if count is None or not FEWEST <= count <= 140 or not (called and place):
        return None
    sides = (two, three) if first else (one, two)
    if any(side is not None and side < 8 for side in sides):
        return None
    why = f"a map for each of {count} points in {tensor.name}"
    return PointForm(tensor, "heat_maps", count, 1, first, why, "high" if called and place else "medium")


def answer(facts: Facts, found: PointForm) -> Answer:
    """Return the steps from the output to points in the picture."""
    tensor, sure = found.tensor, found.confidence
    keep = Guess(
        {"step": "point_threshold", "parameter": "threshold"}, "points that the model is not sure of are left out",
        "low", "a habit",
    )  # fmt: skip
    value = {"default": 0.3, "minimum": 0, "maximum": 1, "description": "Score that a point must exceed."}
    parameters = {"threshold": Guess(value, "yours to choose", "low", "a habit")}
    if found.form == "heat_maps":
        steps = []
        if tensor.last() not in ("sigmoid", "softmax"):
            steps.append(
                Guess(
                    {"step": "sigmoid"},
                    f"the maps end in {tensor.last() or 'no sigmoid'}",
                    "low",
                    tensor.name,
                )
            )
        layout = "CHW" if found.first else "HWC"
        steps.append(
            Guess(
                {"step": "heat_map_points", "layout": layout},
                "the place of each map's highest value",
                sure,
                tensor.name,
            )
        )
        role = Guess(tensor.name, "a map for each point", sure, tensor.name)
        return Answer({"heat_maps": role}, (*steps, keep), parameters, classes=found.count)
    if found.form == "points":
        steps = []
        movenet = facts.speaks_of(r"\bmove ?net\b")
        if not movenet:
            steps.append(
                Guess(
                    {"step": "point_format", "order": "xy", "unit": "parts"},
                    "most models give x before y",
                    "low",
                    "a habit",
                )
            )
        role = Guess(
            tensor.name,
            "y, x and score of each point" if movenet else "the coordinates of each point",
            sure,
            tensor.name,
        )
        return Answer(
            {"points": role},
            (*steps, *([keep] if found.numbers == 3 else [])),
            parameters if found.numbers == 3 else {},
            classes=found.count,
        )
    hook = Guess(
        hooks.OF_POINTS.format(output=tensor.name, numbers=found.numbers),
        f"coordinates come as one row of {found.count * found.numbers} numbers, which no step parts: a hook does",
        sure,
        tensor.name,
    )
    pixels = Guess(
        {"step": "point_format", "order": "xy", "unit": "pixels"},
        "models of MediaPipe give x, y in pixels of the input",
        "medium" if found.numbers == 3 else "low", tensor.name,
    )  # fmt: skip
    return Answer(steps=(pixels,), hook=hook, classes=found.count)
