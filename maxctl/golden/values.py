"""Answers without a form of their own, compared as JSON: the same keys, texts and lengths, numbers within tolerance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maxctl.golden.differences import Difference, Kind, MalformedAnswerError
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


def differences(
    expected: Any, actual: Any, tolerance: Tolerance
) -> tuple[tuple[Difference, ...], float | None]:
    """Return what differs, and by how much the numbers are off at most (None: there are none).

    Numbers may be off by `tolerance.score`; everything else must be the same. Raises `MalformedAnswerError`.
    """
    check(actual)
    found: list[Difference] = []
    largest: float | None = None
    count = 0
    for difference, apart in _compare(expected, actual, "", tolerance):
        if apart is not None:
            largest = apart if largest is None else max(largest, apart)
        if difference is not None:
            count += 1
            if count <= TOLD:
                found.append(difference)
    if count > TOLD:
        found.append(Difference(Kind.VALUE, "answer", f"{count - TOLD} more values differ"))
    return tuple(found), largest


Compared = tuple[Difference | None, float | None]


def _compare(expected: Any, actual: Any, path: str, tolerance: Tolerance) -> Iterator[Compared]:
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
