"""vulture, in a child process: code that nothing uses."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maxctl.adapters import process

TIMEOUT_S = 300.0
IGNORED_NAMES = ("exc_type", "exc_value", "exc_val", "exc_tb", "exc_traceback", "signum", "cls")


@dataclass(frozen=True, slots=True)
class Unused:
    """Something that nothing uses: file (as it was named), line, kind, message, confidence in percent."""

    file: str
    line: int
    kind: str
    message: str
    confidence: int


def unused(files: Iterable[tuple[str, Path]], min_confidence: int) -> tuple[list[Unused], list[str]]:
    """Return what is unused, sorted, and the names of the files that could not be parsed.

    `files` are (name, path). Raises `ChildFailedError` when vulture crashes or goes over a limit.
    """
    request = {"files": [[name, str(path)] for name, path in files], "min_confidence": min_confidence}
    answer: dict[str, Any] = process.work(
        [sys.executable, "-m", "maxctl.adapters.vulture"], request, timeout_s=TIMEOUT_S
    )
    return [Unused(**item) for item in answer["unused"]], answer["unparsed"]


def _scan(request: dict[str, Any]) -> dict[str, Any]:
    import ast
    import tokenize
    import warnings

    from vulture.core import Vulture  # type: ignore[import-untyped]

    warnings.simplefilter("ignore")  # of the scanned code: invalid escapes
    vulture = Vulture(ignore_names=list(IGNORED_NAMES))
    unparsed = []
    for name, path in request["files"]:
        try:
            with tokenize.open(path) as file:
                code = file.read()
            ast.parse(code)  # vulture prints syntax errors instead of telling them
            vulture.scan(code, filename=Path(name))
        except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
            unparsed.append(name)
    found = [
        {
            "file": item.filename.as_posix(),
            "line": item.first_lineno,
            "kind": item.typ,
            "message": item.message,
            "confidence": item.confidence,
        }
        for item in vulture.get_unused_code(min_confidence=request["min_confidence"])
    ]
    found.sort(key=lambda item: (item["file"], item["line"], item["message"]))
    return {"unused": found, "unparsed": sorted(unparsed)}


def main() -> None:
    """Answer the request on standard input; run as a child process only."""
    result = _scan(json.load(sys.stdin))
    with os.fdopen(int(os.environ["MAXCTL_FD"]), "w") as answers:
        answers.write(json.dumps({"event": "result", "result": result}) + "\n")


if __name__ == "__main__":
    main()
