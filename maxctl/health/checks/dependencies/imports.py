"""The imports of Python files, read by `ast`: nothing is imported."""

from __future__ import annotations

import ast
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ASIDE = frozenset(
    {
        "test",
        "tests",
        "testing",
        "doc",
        "docs",
        "example",
        "examples",
        "demo",
        "demos",
        "benchmark",
        "benchmarks",
    }
)


@dataclass(frozen=True, slots=True)
class Import:
    """An absolute import: dotted module, file (as named), line and column from 1.

    `optional`: it stands in a `try` that heeds its failure, or is for type checkers only.
    """

    module: str
    file: str
    line: int
    column: int
    optional: bool


def of_file(name: str, path: Path) -> list[Import]:
    """Return the absolute imports of a file; raises `SyntaxError`, `ValueError`, `OSError` or `RecursionError`."""
    with tokenize.open(path) as file:
        text = file.read()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    return [
        Import(module, name, node.lineno, node.col_offset + 1, optional)
        for module, node, optional in _walk(tree)
    ]


def is_aside(relative: str) -> bool:
    """Tell whether a file is a test, a document or an example: not needed to use the code."""
    parts = relative.split("/")
    return (
        any(part.lower() in ASIDE for part in parts[:-1])
        or parts[-1] in ("setup.py", "conftest.py", "noxfile.py")
        or parts[-1].startswith("test_")
    )


def _walk(tree: ast.AST) -> Iterator[tuple[str, ast.stmt, bool]]:
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, optional = waiting.pop()
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node, optional
            case ast.ImportFrom(module=str(module), level=0):
                yield module, node, optional
            case ast.Try():
                guarded = optional or any(_catches_import_error(handler) for handler in node.handlers)
                waiting += [(child, guarded) for child in node.body]
                # what a handler imports instead is an alternative, not a need
                waiting += [(child, guarded) for handler in node.handlers for child in handler.body]
                waiting += [(child, optional) for child in (*node.orelse, *node.finalbody)]
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                waiting += [(child, True) for child in node.body]
                waiting += [(child, optional) for child in node.orelse]
            case _:
                waiting += [(child, optional) for child in ast.iter_child_nodes(node)]


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
