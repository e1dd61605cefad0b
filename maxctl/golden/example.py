"""A golden case as documents show it: a question for the command line, and the answer that it gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from maxctl.core.spec import ModelSpec

if TYPE_CHECKING:
    from maxctl.golden.suite import Case, Suite

DIGITS = 4
ORDER = ("label_id", "label", "probability", "detection_box")


def example(spec: ModelSpec, suite: Suite | None, samples: Mapping[str, str]) -> dict[str, str] | None:
    """Return the first golden case as a question on the command line and its answer, or None without goldens."""
    if suite is None:
        return None
    case = suite.cases[0]
    query = urlencode({name: f"{value:g}" for name, value in case.parameters.items()})
    return {
        "case": case.id,
        "upload": f"{spec.inference.input.field}=@{_file(spec, case, samples)}",
        "query": f"?{query}" if query else "",
        "answer": _answer(case.expected["predictions"]),
    }


def _file(spec: ModelSpec, case: Case, samples: Mapping[str, str]) -> str:
    by_digest = {sample.sha256: samples[sample.path] for sample in spec.samples}
    if case.sha256 in by_digest:
        return f"samples/{by_digest[case.sha256]}"
    return f"tests/golden/cases/{case.id}/{case.input.name}"


def _answer(predictions: list[Mapping[str, Any]]) -> str:
    """Return the JSON that the service answers, a prediction a line, its keys in the service's order."""
    rows = [{key: _short(item[key]) for key in sorted(item, key=_rank)} for item in predictions]
    lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return '{\n  "status": "ok",\n  "predictions": [' + (f"\n{lines}\n  " if rows else "") + "]\n}"


def _rank(key: str) -> tuple[int, str]:
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)


def _short(value: Any) -> Any:
    """Return the answer with numbers as a reader wants them."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value
