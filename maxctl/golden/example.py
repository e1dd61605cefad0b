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
SHOWN = 10
WIDTH = 160
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
        "answer": _answer(case.expected),
    }


def _file(spec: ModelSpec, case: Case, samples: Mapping[str, str]) -> str:
    by_digest = {sample.sha256: samples[sample.path] for sample in spec.samples}
    if case.sha256 in by_digest:
        return f"samples/{by_digest[case.sha256]}"
    return f"tests/golden/cases/{case.id}/{case.input.name}"


def _answer(answer: Mapping[str, Any]) -> str:
    """Return the JSON that the service answers, cut where it is long; of a list, an element a line."""
    return "{\n" + ",\n".join(f'  "{key}": {_value(value)}' for key, value in answer.items()) + "\n}"


def _value(value: Any) -> str:
    if not isinstance(value, list):
        return _json(_short(value))
    rows = [_row(one) for one in value[:SHOWN]]
    more = [f"    … {len(value) - SHOWN} more"] if len(value) > SHOWN else []
    return "[" + ("\n" + ",\n".join([*rows, *more]) + "\n  " if rows else "") + "]"


def _row(value: Any) -> str:
    if isinstance(value, Mapping):
        value = {key: value[key] for key in sorted(value, key=_rank)}
    text = _json(_short(value))
    return f"    {text if len(text) <= WIDTH else text[: WIDTH - 1] + '…'}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rank(key: str) -> tuple[int, str]:
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)


def _short(value: Any) -> Any:
    """Return the answer with numbers as a reader wants them."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value
