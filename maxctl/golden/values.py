"""Answers without a form of their own, compared as JSON: the same keys, texts and lengths, numbers within tolerance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maxctl.golden.differences import Comparison, Counts, Difference, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

TOLD = 20
"""Differences that are told one by one; of an array that is off everywhere the first say it all."""


def check(response: Any) -> None:
    """Raise `MalformedAnswerError` unless the response holds more than its status, and only finite numbers."""
    if not isinstance(response, Mapping):
        raise MalformedAnswerError("the answer is not an object")
    if not set(response) - {"status"}:
        raise MalformedAnswerError("the answer holds nothing but its status")
    for path, value in _leaves(response, ""):
        if isinstance(value, float) and not math.isfinite(value):
            raise MalformedAnswerError(f"{path} is {value}, which is no number in JSON")


def compare(expected: Any, actual: Any, tolerance: Tolerance) -> Comparison:
    """Return what differs, value by value; the status, which stands in every answer, is none of them.

    Numbers may be off by `tolerance.score`; everything else must be the same. Raises `MalformedAnswerError`.
    """
    check(actual)
    found: list[Difference] = []
    largest: float | None = None
    counts = Counter[Kind | None]()
    one, other = (
        {key: value for key, value in side.items() if key != "status"} for side in (expected, actual)
    )
    for difference, apart in _compare(one, other, "", tolerance):
        counts[difference.kind if difference else None] += 1
        if apart is not None:
            largest = apart if largest is None else max(largest, apart)
        if difference is not None and len(found) < TOLD:
            found.append(difference)
    if (more := counts.total() - counts[None] - TOLD) > 0:
        found.append(Difference(Kind.VALUE, "answer", f"{more} more values differ"))
    counted = Counts("values", counts[None], counts[Kind.MISSING], counts[Kind.EXTRA], counts[Kind.VALUE])
    return Comparison(tuple(found), counted, largest)


Compared = tuple[Difference | None, float | None]


def _compare(expected: Any, actual: Any, path: str, tolerance: Tolerance) -> Iterator[Compared]:
    """Yield for each value what differs, if anything, and by how much a number is off."""
    if _number(expected) and _number(actual):
        apart = abs(float(actual) - float(expected))
        words = f"{actual:g}, expected {expected:g}: off by {actual - expected:+.3g}, allowed ±{tolerance.score:g}"
        same = tolerance.same_score(float(expected), float(actual))
        yield (None if same else Difference(Kind.VALUE, path, words, actual - expected)), apart
    elif isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in expected:
            if key not in actual:
                yield Difference(Kind.MISSING, _below(path, key), "is missing"), None
            else:
                yield from _compare(expected[key], actual[key], _below(path, key), tolerance)
        for key in actual:
            if key not in expected:
                yield Difference(Kind.EXTRA, _below(path, key), "is not expected"), None
    elif _list(expected) and _list(actual):
        if len(expected) != len(actual):
            words = f"has {len(actual)} elements, expected {len(expected)}"
            yield Difference(Kind.VALUE, path or "answer", words), None
        for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from _compare(one, other, f"{path}[{index}]", tolerance)
    elif type(expected) is not type(actual) or expected != actual:
        yield Difference(Kind.VALUE, path or "answer", f"{_shown(actual)}, expected {_shown(expected)}"), None
    else:
        yield None, None


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves(one, _below(path, key))
    elif _list(value):
        for index, one in enumerate(value):
            yield from _leaves(one, f"{path}[{index}]")
    else:
        yield path, value


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else str(key)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
