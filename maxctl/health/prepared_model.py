"""Ask a form of the model through the one implementation in `maxctl.serving`, in a child process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core.errors import SpecError
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView

if TYPE_CHECKING:
    from maxctl.golden.run import Hear, SuiteResult
    from maxctl.golden.suite import Case, Suite

LABELS = ("labels*", "labels/**")


def label_file(model: ModelView) -> Path:
    """Return the label file; raises `SpecError` where the spec names none, or the file is not there."""
    path = model.spec.labels
    if path is None:
        raise SpecError(
            "model.yaml names no `labels`", hint="add `labels: labels.json`, a list of {id, name}"
        )
    if not model.file(path).is_file():
        raise SpecError(
            f"there is no file {path}, which `labels` in model.yaml names", hint="add it, or mend the path"
        )
    return model.file(path)


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
