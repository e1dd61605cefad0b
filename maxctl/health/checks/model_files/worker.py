"""Look into model files in a child process, with limits of time and memory for each file."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError
from maxctl.health.checks.model_files.inspection import Inspection, not_scanned

ALARMED = 128 + signal.SIGALRM
START_S = 30.0


def inspect(
    files: Sequence[tuple[str, Path]], seconds: float, memory: int, heard: Callable[[int], None]
) -> list[Inspection]:
    """Return an inspection for each (name, path). A file that crashes the child or goes over a limit is `not
    scanned`, and the others are looked at all the same. `heard` gets the count of files done.
    """
    done: dict[int, Inspection] = {}

    def hear(event: dict[str, Any]) -> None:
        done[event["index"]] = Inspection.from_json(event["inspection"])
        heard(len(done))

    while len(done) < len(files):
        waiting = [index for index in range(len(files)) if index not in done]
        request = {
            "seconds": seconds,
            "memory": memory,
            "files": [[index, files[index][0], str(files[index][1])] for index in waiting],
        }
        reason = "the scanner stopped"
        try:
            finished = process.run(
                [sys.executable, "-m", __name__],
                stdin=json.dumps(request).encode(),
                on_event=hear,
                env={"OPENBLAS_NUM_THREADS": "1"},
                timeout_s=START_S + seconds * len(waiting),
                memory_bytes=memory,
                ok=(0, ALARMED),
            )
            if finished.returncode == ALARMED:
                reason = f"it takes longer than {seconds:g} s"
        except ChildFailedError as error:
            reason = error.message.strip().splitlines()[-1]
        left = [index for index in waiting if index not in done]
        if left:
            done[left[0]] = not_scanned("unknown", reason)
    return [done[index] for index in range(len(files))]


def main() -> None:
    """Answer the request on standard input, file by file; run as a child process only."""
    import resource

    from maxctl.health.checks.model_files import inspect_file

    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    with os.fdopen(int(os.environ["MAXCTL_FD"]), "w") as answers:
        for index, name, path in request["files"]:
            signal.setitimer(signal.ITIMER_REAL, request["seconds"])  # unhandled, SIGALRM ends even C code
            with Path(path).open("rb") as stream:
                found = inspect_file.inspect(stream, name, Path(path).stat().st_size)
            signal.setitimer(signal.ITIMER_REAL, 0)
            answers.write(json.dumps({"index": index, "inspection": found.as_json()}) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
