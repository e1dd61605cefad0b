"""Ask a form of the model through the one implementation in `maxctl.serving`, in a child process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core.errors import SpecError, ToolMissingError
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView

if TYPE_CHECKING:
    from maxctl.golden.run import Hear, SuiteResult
    from maxctl.golden.suite import Case, Suite

SAVED_MODEL = ".maxctl/out/prepare/saved_model"
LABELS = ("labels*", "labels/**")
MISSING = "missing"

# engine -> its name, the distributions that bring it, and what installs it
_ENGINES = {
    "tensorflow": ("TensorFlow", ("tensorflow-cpu", "tensorflow"), "pip install 'maxctl[tensorflow]'"),
    "litert": ("LiteRT", ("ai-edge-litert",), "pip install 'maxctl[engines]'"),
}


def tools(engine: str) -> dict[str, str]:
    """Return what decides how an engine's form of the model answers, for the key; what is not here is `missing`.

    numpy and Pillow are left out: nobody pins them, and the service is asked again under its own locked ones.
    """
    from maxctl.runtimes.service_config import serving_digest

    return {"serving": serving_digest(), engine: version_of(engine)}


def version_of(engine: str) -> str:
    """Return the version of an engine's distribution, without importing it, or `missing`."""
    return _version(_ENGINES[engine][1])


def installed(engine: str) -> bool:
    """Tell whether an engine is on this machine."""
    return version_of(engine) != MISSING


def not_installed(engine: str) -> ToolMissingError:
    """Return the error that says which engine is not on this machine, and what installs it."""
    name, _, mend = _ENGINES[engine]
    return ToolMissingError(f"{name} is not installed", hint=mend)


def _version(distributions: Sequence[str]) -> str:
    """Return the version of the first distribution that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return MISSING


def label_file(model: ModelView) -> Path:
    """Return the label file; raises `SpecError` where the spec names none, or the file is not there."""
    return named_labels(model.spec.labels, model.file)


def named_labels(path: str | None, place: Callable[[str], Path]) -> Path:
    """Return the label file that the spec names, where `place` puts it; raises `SpecError` as `label_file` does."""
    if path is None:
        raise SpecError(
            "model.yaml names no `labels`", hint="add `labels: labels.json`, a list of {id, name}"
        )
    file = place(path)
    if not file.is_file():
        raise SpecError(
            f"there is no file {path}, which `labels` in model.yaml names", hint="add it, or mend the path"
        )
    return file


def answers(
    spec: ModelSpec, engine: str, path: Path, labels: Path, suite: Suite, progress: Progress
) -> SuiteResult:
    """Return how a form of the model answers the suite. It reads `task` and `inference` of the spec."""
    from maxctl.adapters import service
    from maxctl.golden.run import run_suite
    from maxctl.runtimes.service_config import predictor_folder

    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        folder = predictor_folder(Path(scratch), spec.task, spec.inference, engine, path, labels)

        def answer(cases: Sequence[Case], hear: Hear) -> None:
            questions = [case.question() for case in cases]
            service.predict(sys.executable, "maxctl.serving", folder, questions, hear)

        return run_suite(answer, suite, progress, f"asking {engine}")
