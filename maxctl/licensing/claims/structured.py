"""YAML, JSON and TOML of unknown origin, loaded so that no nesting of it can overflow a stack or take for ever."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import yaml

MAX_DEPTH = 60
TOO_DEEP = "it is nested too deeply to be read"
MAX_YAML = 256 * 1024
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[\]{}]', re.DOTALL)
_TELLS = re.compile(r"licen[cs]", re.IGNORECASE)


class UnreadError(ValueError):
    """A text that was not loaded: it is malformed, or nested too deeply; `line` is where."""

    def __init__(self, problem: str, line: int = 1, deep: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.line, self.deep = problem, line, deep

    @property
    def told(self) -> tuple[tuple[int, str], ...]:
        """What a reader tells of it."""
        return ((self.line, self.problem),)


def of_yaml(text: str) -> Any:
    """Return what a YAML text holds; raises `UnreadError`."""
    if len(text) > MAX_YAML:
        raise UnreadError(f"it is YAML of more than {MAX_YAML // 1024} KiB, which is not read")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):  # a few lines of them can become gigabytes
                raise UnreadError("aliases are not read", _line(event))
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:  # composing it would overflow the stack of C
                    raise UnreadError(TOO_DEEP, _line(event), deep=True)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, OverflowError) as fault:
        mark = getattr(fault, "problem_mark", None)
        problem = getattr(fault, "problem", None) or "it is no YAML"
        raise UnreadError(f"it cannot be read: {problem}", mark.line + 1 if mark is not None else 1) from None
    except UnreadError:
        raise
    except ValueError as fault:  # 2026-13-45 looks like a date and is none
        raise UnreadError(f"it cannot be read: {fault}") from None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def of_json(text: str) -> Any:
    """Return what a JSON text holds; raises `UnreadError`."""
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadError(TOO_DEEP, deep=True) from None
    except json.JSONDecodeError as fault:
        raise UnreadError(f"it cannot be read: {fault.msg}", fault.lineno) from None
    except ValueError as fault:  # a number of thousands of digits
        raise UnreadError(f"it cannot be read: {fault}") from None


def of_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds; raises `UnreadError`."""
    depth = 0
    for found in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, found.start()) + 1
            raise UnreadError(TOO_DEEP, line, deep=True)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UnreadError(TOO_DEEP, deep=True) from None
    except ValueError as fault:
        raise UnreadError(f"it cannot be read: {fault}") from None


def matters(fault: UnreadError, text: str) -> bool:
    """Tell whether it has to be told that a text was not loaded: it speaks of licenses, or was made to be no one's."""
    return fault.deep or _TELLS.search(text) is not None
