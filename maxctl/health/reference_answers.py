"""The JSON lines in which a reference command answers, read with distrust."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maxctl.core.errors import StageError
from maxctl.golden import compare
from maxctl.golden.differences import MalformedAnswerError

CONTRACT = "the docstring of maxctl/health/reference.py says what a reference command answers"


class NoReferenceError(StageError):
    """The reference command did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the research code answered: versions by name, and the response to each case by id."""

    versions: Mapping[str, str]
    responses: Mapping[str, Any]


def read(data: bytes, wanted: Sequence[str], task: str) -> Answers:
    """Return the answers in JSON lines; raises `NoReferenceError` that names the first line at fault.

    A case of `wanted` may lack its answer; any other case, and one that is answered twice, may not stand there.
    """
    versions: dict[str, str] | None = None
    responses: dict[str, Any] = {}
    for number, line in enumerate(data.splitlines(), 1):
        where = f"line {number} of the reference's answer"
        value = _line(line, where)
        if value.get("event") == "started":
            versions = _versions(value.get("versions"), where)
            continue
        id_ = value.get("id")
        if not isinstance(id_, str) or id_ not in wanted:
            raise NoReferenceError(f"{where} answers the case {id_!r}, which was not asked", hint=CONTRACT)
        if id_ in responses:
            raise NoReferenceError(f"{where} answers the case {id_} again", hint=CONTRACT)
        try:
            compare.check(task, value.get("response"))
        except MalformedAnswerError as error:
            raise NoReferenceError(f"{where}, case {id_}: {error}", hint=CONTRACT) from None
        responses[id_] = value["response"]
    if versions is None:
        raise NoReferenceError(
            'the reference did not say what it is: no line {"event": "started", "versions": {…}}',
            hint=CONTRACT,
        )
    return Answers(versions, responses)


def _line(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise NoReferenceError(f"{where} is not JSON: {line[:80]!r}", hint=CONTRACT) from None
    if not isinstance(value, dict):
        raise NoReferenceError(f"{where} is not an object: {line[:80]!r}", hint=CONTRACT)
    return value


def _versions(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(version, str) for version in value.values()):
        raise NoReferenceError(f"{where}: `versions` must be an object of texts", hint=CONTRACT)
    return value
