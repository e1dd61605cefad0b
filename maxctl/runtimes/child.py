"""Ask the worker, in a child process: frameworks never enter the process of the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, cast

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Progress

COMMAND = (sys.executable, "-P", "-m", "maxctl.runtimes.worker")  # -P: no module from the current folder


class ModelRefusedError(StageError):
    """The worker cannot do this with this model: the model is the reason, not maxctl and not the machine."""


# kinds of `runtimes/interface.py` and `worker.py` that say nothing of the model
_NOT_THE_MODEL: Mapping[str, type[StageError] | type[ToolMissingError]] = {
    "framework-missing": ToolMissingError,
    "request": StageError,
    "bug": StageError,
}


def ask(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Return the worker's result (`runtimes/worker.py` lists the requests).

    Raises `ModelRefusedError` with the worker's message, `ToolMissingError` for a framework that is not there,
    `ChildFailedError` for a worker that was killed or went over a limit, any other `StageError` for its bugs.
    """
    answers: list[dict[str, Any]] = []

    def hear(event: dict[str, Any]) -> None:
        if event["event"] == "progress":
            progress.advance(event["label"], event["done"], event["total"])
        else:
            answers.append(event)

    try:
        process.run(COMMAND, stdin=json.dumps(request).encode(), on_event=hear)
    except ChildFailedError:
        if not answers:  # else the worker has told what it found, and its exit code says no more
            raise
    if not answers:
        raise ChildFailedError(
            "the worker ended without an answer", hint="run the command again with --debug"
        )
    answer = answers[-1]
    if answer["event"] == "error":
        raise _NOT_THE_MODEL.get(answer["kind"], ModelRefusedError)(answer["message"], hint=answer["hint"])
    return cast(dict[str, Any], answer["result"])
