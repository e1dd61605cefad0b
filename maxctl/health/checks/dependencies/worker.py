"""Read imports and declarations of a tree in a child process, since hostile source can crash a parser."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.health.checks.dependencies import declared, imports
from maxctl.health.checks.dependencies.declared import Declared
from maxctl.health.checks.dependencies.imports import Import

TIMEOUT_S = 300.0


def read(
    sources: list[tuple[str, Path]], declarations: list[tuple[str, Path]]
) -> tuple[list[Import], list[str], list[Declared], list[tuple[str, int | None, str]]]:
    """Return imports, files that cannot be parsed, declarations, and (file, line, reason) of unreadable ones.

    Raises `ChildFailedError` when the reading crashes or goes over a limit.
    """
    request = {
        "sources": [[name, str(path)] for name, path in sources],
        "declarations": [[name, str(path)] for name, path in declarations],
    }
    answer: dict[str, Any] = process.work([sys.executable, "-m", __name__], request, timeout_s=TIMEOUT_S)
    return (
        [Import(**item) for item in answer["imports"]],
        answer["unparsed"],
        [Declared(**item) for item in answer["declared"]],
        [(file, line, reason) for file, line, reason in answer["unreadable"]],
    )


def _read(request: dict[str, Any]) -> dict[str, Any]:
    found: list[Any] = []
    unparsed: list[str] = []
    stated: list[Any] = []
    unreadable: list[tuple[str, int | None, str]] = []
    for name, path in request["sources"]:
        try:
            found += [asdict(item) for item in imports.of_file(name, Path(path))]
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
            unparsed.append(name)
    for name, path in request["declarations"]:
        for item in declared.of_file(name, Path(path)):
            if isinstance(item, Declared):
                stated.append(asdict(item))
            else:
                unreadable.append((name, item.line, str(item)))
    return {"imports": found, "unparsed": unparsed, "declared": stated, "unreadable": unreadable}


def main() -> None:
    """Answer the request on standard input; run as a child process only."""
    result = _read(json.load(sys.stdin))
    with os.fdopen(int(os.environ["MAXCTL_FD"]), "w") as answers:
        answers.write(json.dumps({"event": "result", "result": result}) + "\n")


if __name__ == "__main__":
    main()
