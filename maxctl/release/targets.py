"""What a golden suite can be asked of: the scaffolded service in-process, over HTTP, or one that runs elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maxctl.adapters import service, venv
from maxctl.core.errors import StageError
from maxctl.core.progress import Progress
from maxctl.golden.run import Answer, Hear
from maxctl.golden.suite import Case, Suite
from maxctl.release import over_http

MODULE = "serving"
REQUIREMENTS = "requirements.txt"
ASKED_TO_BE_READY_S = 10.0


@contextmanager
def in_process(folder: Path, cache: Path, progress: Progress) -> Iterator[Answer]:
    """Give the service in `folder` under its own locked environment, asked without HTTP."""
    python = environment(folder, cache, progress)

    def ask(cases: Sequence[Case], hear: Hear) -> None:
        service.predict(python, MODULE, folder, [case.question() for case in cases], hear, cwd=folder)

    yield ask


@contextmanager
def started(folder: Path, suite: Suite, cache: Path, progress: Progress) -> Iterator[Answer]:
    """Give the service in `folder`, started under its own locked environment for as long as the block lasts."""
    python = environment(folder, cache, progress)
    progress.say("starting the service")
    with service.running(python, folder, module=MODULE) as url:
        yield over_http.answer(url, suite.field)


@contextmanager
def elsewhere(url: str, suite: Suite) -> Iterator[Answer]:
    """Give a service that runs already; raises `ToolMissingError` when it does not answer or is not ready."""
    address = over_http.address(url)
    service.wait_until_ready(address, ASKED_TO_BE_READY_S)
    yield over_http.answer(address, suite.field)


def environment(folder: Path, cache: Path, progress: Progress) -> Path:
    """Return the Python of the service's own locked environment; `StageError` where there is no service."""
    requirements = folder / REQUIREMENTS
    if not requirements.is_file():
        raise StageError(
            f"there is no service in {folder.name}: it has no {REQUIREMENTS}",
            hint="`maxctl scaffold` makes one; `--url http://…` asks one that runs",
        )
    return venv.python_of(requirements, cache, progress)
