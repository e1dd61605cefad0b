"""The requirements in a `setup.py`, read from its syntax tree: the file is not executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

KEYS = {"install_requires": False, "extras_require": True, "tests_require": True, "setup_requires": True}


@dataclass(frozen=True, slots=True)
class SetupRequirement:
    """A requirement that `setup()` gets, with its line; `text` is None where it is computed."""

    key: str
    text: str | None
    line: int
    extra: bool


def read(text: str) -> Iterator[SetupRequirement]:
    """Yield the requirements of every `setup(…)` call; raises `SyntaxError`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "setup":
            for keyword in node.keywords:
                if keyword.arg in KEYS:
                    yield from _values(keyword.arg, keyword.value, constants, 0)


def _values(
    key: str, node: ast.expr, constants: dict[str, ast.expr], depth: int
) -> Iterator[SetupRequirement]:
    extra = KEYS[key]
    match node:
        case ast.Constant(value=str(text)):
            for line in filter(None, (part.strip() for part in text.splitlines())):
                yield SetupRequirement(key, line, node.lineno, extra)
        case ast.List() | ast.Tuple() | ast.Set():
            for item in node.elts:
                yield from _values(key, item, constants, depth)
        case ast.Dict():
            for value in node.values:
                yield from _values(key, value, constants, depth)
        case ast.BinOp(op=ast.Add()):
            yield from _values(key, node.left, constants, depth)
            yield from _values(key, node.right, constants, depth)
        case ast.Name(id=name) if name in constants and depth < 9:  # `a = a + […]` would never end
            yield from _values(key, constants[name], constants, depth + 1)
        case _:
            yield SetupRequirement(key, None, node.lineno, extra)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
