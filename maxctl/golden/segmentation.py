"""Segmentations compared class by class: how much of each class's region both answers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxctl.golden.differences import Comparison, Counts, Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.int64]


def read(response: Any) -> Map:
    """Return `seg_map`, the class of each pixel [H,W]; raises `MalformedAnswerError`."""
    import numpy as np

    rows = response.get("seg_map") if isinstance(response, Mapping) else None
    try:
        found = np.array(rows)
    except ValueError:  # rows of different lengths
        found = np.array(0)
    if found.ndim != 2 or not found.size or found.dtype.kind not in "iu":
        raise MalformedAnswerError("the answer has no `seg_map`, rows of the same number of whole numbers")
    return found.astype(np.int64)


def compare(expected: Any, actual: Any, tolerance: Tolerance) -> Comparison:
    """Return a difference for each class whose intersection over union is below `tolerance.iou`.

    A class that covers less than a thousandth of the picture in both is passed over: its border is all of it.
    What is off at most is the part of the pixels that differ. Raises `MalformedAnswerError`.
    """
    import numpy as np

    one, other = read(expected), read(actual)
    if one.shape != other.shape:
        words = f"is {other.shape[1]} x {other.shape[0]}, expected {one.shape[1]} x {one.shape[0]}"
        return Comparison((Difference(Kind.VALUE, "seg_map", words),), Counts("maps", changed=1), None)
    found, same = [], 0
    for label in np.union1d(one, other).tolist():
        left, right = one == label, other == label
        if max(left.sum(), right.sum()) * 1000 < one.size:
            continue
        overlap = float((left & right).sum() / (left | right).sum())
        if tolerance.same_box(overlap):
            same += 1
        else:
            sizes = f"{right.sum()} pixels, expected {left.sum()}"
            words = f"IoU {overlap:.4f}, at least {tolerance.iou:g} is asked: {sizes}"
            found.append(Difference(Kind.BOX, f"class {label}", words, iou=overlap))
    return Comparison(tuple(found), Counts("classes", same, changed=len(found)), float((one != other).mean()))
