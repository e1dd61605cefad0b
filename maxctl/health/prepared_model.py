"""Ask a form of the model through the one implementation in `maxctl.serving`, in a child process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core.errors import SpecError, ToolMissingError
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec

if TYPE_CHECKING:
    from maxctl.golden.run import Hear, SuiteResult
    from maxctl.golden.suite import Case, Suite
    from maxctl.runtimes.service_config import Companions

# the tasks whose answers name labels
NEED_LABELS = (
    "audio-classification",
    "image-classification",
    "key-points",
    "object-detection",
    "text-classification",
)
LABELS = ("labels*", "labels/**")
HOOKS = ("hook*", "hook/**")
OUT = ".maxctl/out/prepare"
MISSING = "missing"

_TENSORFLOW = ("tensorflow-cpu", "tensorflow")

# engine -> its name, the distributions that bring it, and what installs it
_ENGINES = {
    "tensorflow": ("TensorFlow", _TENSORFLOW, "pip install 'maxctl[tensorflow]'"),
    "litert": ("LiteRT", ("ai-edge-litert",), "pip install 'maxctl[engines]'"),
    "onnxruntime": ("ONNX Runtime", ("onnxruntime",), "pip install 'maxctl[onnx]'"),
    "openvino": ("OpenVINO", ("openvino",), "pip install 'maxctl[openvino]'"),
}
# (engine of the prepared form, engine) -> what converts beside the two themselves
_CONVERTERS = {("tensorflow", "onnxruntime"): ("tf2onnx", "pip install 'maxctl[onnx]'")}

# format -> its framework's name, the distributions that read and convert it (of several names, whichever is here), and
# what installs them
_FRAMEWORKS: dict[str, tuple[str, tuple[tuple[str, ...], ...], str]] = {
    "tfjs-graph-model": ("TensorFlow", (_TENSORFLOW,), "pip install 'maxctl[tensorflow]'"),
    "graph-def": ("TensorFlow", (_TENSORFLOW,), "pip install 'maxctl[tensorflow]'"),
    "saved-model": ("TensorFlow", (_TENSORFLOW,), "pip install 'maxctl[tensorflow]'"),
    "keras": ("TensorFlow", (_TENSORFLOW, ("keras",)), "pip install 'maxctl[tensorflow]'"),
    "torch-export": ("PyTorch", (("torch",), ("onnxscript",)), "pip install 'maxctl[torch]'"),
    "torchscript": ("PyTorch", (("torch",), ("onnxscript",)), "pip install 'maxctl[torch]'"),
    "scikit-learn": ("scikit-learn", (("scikit-learn",), ("skl2onnx",)), "pip install 'maxctl[sklearn]'"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the model: the engine that it is for, and its file or folder in the project."""

    engine: str
    path: str

    @property
    def format(self) -> str:
        """Return the name of its format."""
        return _FORMATS[self.engine]


_FORMATS = {"litert": "litert", "onnxruntime": "onnx", "openvino": "openvino", "tensorflow": "saved-model"}
_PREPARED = {
    "tfjs-graph-model": Form("tensorflow", f"{OUT}/saved_model"),
    "saved-model": Form("tensorflow", f"{OUT}/saved_model"),
    "keras": Form("tensorflow", f"{OUT}/saved_model"),
    "graph-def": Form("tensorflow", f"{OUT}/saved_model"),
    "torch-export": Form("onnxruntime", f"{OUT}/model.onnx"),
    "torchscript": Form("onnxruntime", f"{OUT}/model.onnx"),
    "scikit-learn": Form("onnxruntime", f"{OUT}/model.onnx"),
    "litert": Form("litert", f"{OUT}/model.tflite"),
    "onnx": Form("onnxruntime", f"{OUT}/model.onnx"),
    "openvino": Form("openvino", f"{OUT}/openvino"),
}


def prepared(spec: ModelSpec) -> Form:
    """Return what `prepare` makes of a model of the declared format."""
    return _PREPARED[spec.preparation.format]


def engine_name(engine: str) -> str:
    """Return an engine's name as people write it."""
    return _ENGINES[engine][0]


def tools(*engines: str) -> dict[str, str]:
    """Return what decides how the engines' forms of the model answer, for the key; what is not here is `missing`.

    numpy and Pillow are left out: nobody pins them, and the service is asked again under its own locked ones.
    """
    from maxctl.runtimes.service_config import serving_digest

    return {"serving": serving_digest(), **{engine: version_of(engine) for engine in engines}}


def version_of(engine: str) -> str:
    """Return the version of an engine's distribution, without importing it, or `missing`."""
    return _version(_ENGINES[engine][1])


def installed(engine: str) -> bool:
    """Tell whether an engine is on this machine."""
    return version_of(engine) != MISSING


def needed(format_: str) -> dict[str, str | None]:
    """Return what makes the prepared form of a model of this format: its name, its version here, what installs it."""
    if format_ in _FRAMEWORKS:
        name, distributions, mend = _FRAMEWORKS[format_]
        versions = [_version(names) for names in distributions]
        return {"name": name, "version": None if MISSING in versions else versions[0], "install": mend}
    engine = _PREPARED[format_].engine
    name, _, mend = _ENGINES[engine]
    return {"name": name, "version": version_of(engine) if installed(engine) else None, "install": mend}


def framework(format_: str) -> dict[str, str]:
    """Return the versions of what makes the prepared form, for the key; none where a model is taken as it is."""
    _, distributions, _ = _FRAMEWORKS.get(format_, ("", (), ""))
    return {names[-1]: _version(names) for names in distributions}


def no_framework(format_: str) -> ToolMissingError | None:
    """Return the error that says what is not on this machine to prepare a model of this format."""
    missing = [name for name, version in framework(format_).items() if version == MISSING]
    if not missing:
        return None
    name, distributions, mend = _FRAMEWORKS[format_]
    what = name if len(missing) == len(distributions) else ", ".join(missing)
    return ToolMissingError(f"{what} is not installed", hint=mend)


def not_installed(engine: str) -> ToolMissingError:
    """Return the error that says which engine is not on this machine, and what installs it."""
    name, _, mend = _ENGINES[engine]
    return ToolMissingError(f"{name} is not installed", hint=mend)


def converters(form: str, *engines: str) -> dict[str, str]:
    """Return the versions of what converts a prepared form for the engines, for the key."""
    named = [_CONVERTERS[form, engine][0] for engine in engines if (form, engine) in _CONVERTERS]
    return {name: _version((name,)) for name in named}


def no_converter(form: str, engine: str) -> ToolMissingError | None:
    """Return the error that says which converter is not on this machine, and what installs it."""
    for name, version in converters(form, engine).items():
        if version == MISSING:
            return ToolMissingError(f"{name} is not installed", hint=_CONVERTERS[form, engine][1])
    return None


def _version(distributions: Sequence[str]) -> str:
    """Return the version of the first distribution that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return MISSING


def companions(spec: ModelSpec, place: Callable[[str], Path]) -> Companions:
    """Return the files that the spec names beside the model, where `place` puts them.

    Raises `SpecError` for one that is not there, and where the task needs labels and the spec names none.
    """
    from maxctl.runtimes.service_config import Companions

    named = {
        "labels": spec.labels,
        "inference.hook": spec.inference.hook,
        "inference.response": spec.inference.response,
    }
    found: dict[str, Path | None] = {}
    for key, path in named.items():
        found[key] = place(path) if path else None
        file = found[key]
        if file is not None and not file.is_file():
            raise SpecError(
                f"there is no file {path}, which `{key}` in model.yaml names", hint="add it, or mend the path"
            )
    if spec.labels is None and spec.task in NEED_LABELS:
        raise SpecError(
            "model.yaml names no `labels`", hint="add `labels: labels.json`, a list of {id, name}"
        )
    return Companions(found["labels"], found["inference.hook"], found["inference.response"])


def answers(
    spec: ModelSpec, engine: str, path: Path, beside: Companions, suite: Suite, progress: Progress
) -> SuiteResult:
    """Return how a form of the model answers the suite. It reads `task` and `inference` of the spec."""
    from maxctl.adapters import service
    from maxctl.golden.run import run_suite
    from maxctl.runtimes.service_config import predictor_folder

    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        folder = predictor_folder(Path(scratch), spec.task, spec.inference, engine, path, beside)

        def answer(cases: Sequence[Case], hear: Hear) -> None:
            questions = [case.question() for case in cases]
            service.predict(sys.executable, "maxctl.serving", folder, questions, hear)

        return run_suite(answer, suite, progress, f"asking {engine}")
