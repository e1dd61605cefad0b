"""What a golden suite can be asked of: the scaffolded service in-process or over HTTP, an image, one elsewhere."""

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
def container(image: str, suite: Suite, cache: Path, progress: Progress) -> Iterator[Answer]:
    """Give a container of an image, started for as long as the block lasts; one that is not here is pulled.

    Raises `StageError` where nobody has the image, or where it does not get ready: its output is kept.
    """
    from maxctl.adapters import container_engine

    engine = container_engine.connect()
    held = engine.image(image) if image.startswith("sha256:") else engine.pull(image, progress)
    if held is None:
        raise StageError(
            f"the image {image[:19]} is not in the container engine any more", hint="maxctl build --force"
        )
    log = cache / "logs" / f"container-{held.id.removeprefix('sha256:')[:12]}.log"
    progress.say(f"starting a container of {image}; its output goes to {log}")
    with engine.running(held, log, ready_s=service.READY_S) as url:
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
