"""Detections compared as sets: matched by label and place, whatever their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maxctl.core.errors import ToolMissingError
from maxctl.golden.differences import Comparison, Counts, Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

Box = tuple[float, float, float, float]
OVERLAP = 0.1  # boxes of one label that overlap less are two things, not one that moved
SAME_PLACE = 0.5  # boxes of two labels that overlap as much are one thing with another name


@dataclass(frozen=True, slots=True, order=True)
class Detection:
    """One thing found. `box` is ymin, xmin, ymax, xmax in parts of the picture."""

    label: str
    label_id: str
    score: float
    box: Box

    @property
    def name(self) -> tuple[str, str]:
        """What makes two detections the same kind of thing."""
        return self.label_id, self.label


@dataclass(frozen=True, slots=True)
class Pair:
    """An expected detection and the actual one that was matched to it; one of them is None where none was.

    `score_difference` is actual minus expected. `faults` is empty where the two count as the same.
    """

    expected: Detection | None
    actual: Detection | None
    iou: float | None
    score_difference: float | None
    faults: tuple[Kind, ...]

    @property
    def label(self) -> str:
        """The label to call it by: the expected one where there is one."""
        found = self.expected or self.actual
        return found.label if found else ""


def read(response: Any) -> tuple[Detection, ...]:
    """Return the predictions of a response; raises `MalformedAnswerError` that names the first fault."""
    if not isinstance(response, Mapping):
        raise MalformedAnswerError(f"the answer is {_kind(response)}, not an object")
    predictions = response.get("predictions")
    if not isinstance(predictions, Sequence) or isinstance(predictions, str):
        raise MalformedAnswerError("the answer has no list `predictions`")
    return tuple(_read_one(item, f"predictions[{index}]") for index, item in enumerate(predictions))


def _read_one(item: Any, at: str) -> Detection:
    if not isinstance(item, Mapping):
        raise MalformedAnswerError(f"{at} is {_kind(item)}, not an object")
    for key in ("label_id", "label"):
        if not isinstance(item.get(key), str):
            raise MalformedAnswerError(f"{at}.{key} must be text, not {_kind(item.get(key))}")
    box = item.get("detection_box")
    if not isinstance(box, Sequence) or len(box) != 4 or not all(_is_number(edge) for edge in box):
        raise MalformedAnswerError(f"{at}.detection_box must be the 4 numbers ymin, xmin, ymax, xmax")
    if not _is_number(item.get("probability")):
        raise MalformedAnswerError(f"{at}.probability must be a number, not {_kind(item.get('probability'))}")
    ymin, xmin, ymax, xmax = (float(edge) for edge in box)
    return Detection(item["label"], item["label_id"], float(item["probability"]), (ymin, xmin, ymax, xmax))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _kind(value: Any) -> str:
    return "missing" if value is None else f"{type(value).__name__}"


def iou(first: Box, second: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1; of two equal boxes 1, though they be empty."""
    if first == second:
        return 1.0
    height = min(first[2], second[2]) - max(first[0], second[0])
    width = min(first[3], second[3]) - max(first[1], second[1])
    if height <= 0 or width <= 0:
        return 0.0
    shared = height * width
    return min(1.0, shared / (_area(first) + _area(second) - shared))


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def compare(
    expected: Sequence[Detection], actual: Sequence[Detection], tolerance: Tolerance
) -> tuple[Comparison, tuple[Pair, ...]]:
    """Return what differs, one difference for each fault, and the pairs that it was told from, as `match` does."""
    pairs = match(expected, actual, tolerance)
    found = tuple(_difference(pair, fault, tolerance) for pair in pairs for fault in pair.faults)
    missing, extra = (sum(kind in pair.faults for pair in pairs) for kind in (Kind.MISSING, Kind.EXTRA))
    same = sum(not pair.faults for pair in pairs)
    counts = Counts("detections", same, missing, extra, len(pairs) - same - missing - extra)
    apart = [abs(pair.score_difference) for pair in pairs if pair.score_difference is not None]
    return Comparison(found, counts, max(apart, default=None)), pairs


def match(
    expected: Sequence[Detection], actual: Sequence[Detection], tolerance: Tolerance
) -> tuple[Pair, ...]:
    """Return every detection of both sides once, in pairs: highest expected score first, extra ones last.

    Of all ways to pair detections of one label, the one with the most pairs within tolerance is taken, then
    with the most pairs, then with the closest ones. What is left at one place under two labels is a changed
    label; the rest is missing or extra. The order of neither side matters.
    """
    left, right = sorted(expected), sorted(actual)
    paired: list[tuple[Detection, Detection]] = []
    for admits in (_same_thing, _renamed):
        chosen = list(_assign(left, right, admits, tolerance))
        paired += [(left[i], right[j]) for i, j in chosen]
        taken_left, taken_right = {i for i, _ in chosen}, {j for _, j in chosen}
        left = [one for index, one in enumerate(left) if index not in taken_left]
        right = [one for index, one in enumerate(right) if index not in taken_right]
    pairs = [_judged(first, second, tolerance) for first, second in paired]
    pairs += [Pair(one, None, None, None, (Kind.MISSING,)) for one in left]
    pairs += [Pair(None, one, None, None, (Kind.EXTRA,)) for one in right]
    return tuple(sorted(pairs, key=_rank))


def _same_thing(first: Detection, second: Detection) -> bool:
    return first.name == second.name and iou(first.box, second.box) >= OVERLAP


def _renamed(first: Detection, second: Detection) -> bool:
    return first.name != second.name and iou(first.box, second.box) >= SAME_PLACE


def _assign(
    left: list[Detection],
    right: list[Detection],
    admits: Callable[[Detection, Detection], bool],
    tolerance: Tolerance,
) -> Iterator[tuple[int, int]]:
    """Yield the index pairs of the best assignment."""
    if not left or not right:
        return
    if (len(right), right) < (len(left), left):  # the same question either way round, so that ties fall alike
        yield from ((i, j) for j, i in _assign(right, left, admits, tolerance))
        return
    try:
        from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise ToolMissingError(
            "scipy, which matches detections, is not installed", hint="pip install 'maxctl[engines]'"
        ) from None
    base = len(left) + 1  # more than all closeness together, so that counts of pairs come first
    worth = [
        [_worth(first, second, base, tolerance) if admits(first, second) else 0.0 for second in right]
        for first in left
    ]
    for i, j in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if worth[i][j] > 0:
            yield int(i), int(j)


def _worth(first: Detection, second: Detection, base: int, tolerance: Tolerance) -> float:
    overlap = iou(first.box, second.box)
    apart = min(1.0, abs(first.score - second.score))
    within = tolerance.same_score(first.score, second.score) and tolerance.same_box(overlap)
    return within * base**2 + base + (overlap + 1.0 - apart) / 2


def _judged(expected: Detection, actual: Detection, tolerance: Tolerance) -> Pair:
    overlap = iou(expected.box, actual.box)
    faults = [Kind.LABEL] if expected.name != actual.name else []
    if not tolerance.same_score(expected.score, actual.score):
        faults.append(Kind.SCORE)
    if not tolerance.same_box(overlap):
        faults.append(Kind.BOX)
    return Pair(expected, actual, overlap, actual.score - expected.score, tuple(faults))


def _rank(pair: Pair) -> tuple[bool, float, Detection]:
    shown = pair.expected or pair.actual
    assert shown is not None  # a pair has at least one side
    return pair.expected is None, -shown.score, shown


def _difference(pair: Pair, fault: Kind, tolerance: Tolerance) -> Difference:
    expected, actual = pair.expected, pair.actual
    if expected is not None and actual is not None:
        words = {
            Kind.SCORE: f"score {actual.score:.4f}, expected {expected.score:.4f}:"
            f" off by {pair.score_difference:+.4f}, allowed ±{tolerance.score:g}",
            Kind.BOX: f"box {shown(actual.box)}, expected {shown(expected.box)}:"
            f" IoU {pair.iou:.4f}, at least {tolerance.iou:g} is asked",
            Kind.LABEL: f"is called `{actual.label}` (id {actual.label_id}), expected id {expected.label_id}:"
            f" same place, IoU {pair.iou:.4f}",
        }[fault]
    else:
        only = expected or actual
        assert only is not None  # a pair has at least one side
        state = "is missing" if fault is Kind.MISSING else "is not expected"
        words = f"{state}: score {only.score:.4f}, box {shown(only.box)}"
    return Difference(fault, pair.label, words, pair.score_difference, pair.iou)


def shown(box: Box) -> str:
    """Return a box as a person reads it."""
    return f"[{', '.join(f'{edge:.3f}' for edge in box)}]"
