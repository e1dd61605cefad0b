"""Ask the worker, in a child process: frameworks never enter the process of the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, cast

from maxctl.adapters import process
from maxctl.core.progress import Progress


def ask(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Return the worker's result (`runtimes/worker.py` lists the requests); raises `StageError` with its message."""
    command = (sys.executable, "-P", "-m", "maxctl.runtimes.worker")  # -P: no module from the current folder
    return cast(dict[str, Any], process.work(command, request, progress=progress))
