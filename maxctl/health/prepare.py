"""Make the form of the model that everything after starts from, with a documented signature."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from maxctl.core.errors import SpecError
from maxctl.core.facts.prepare import PrepareFacts, TensorFacts
from maxctl.core.progress import Progress
from maxctl.core.spec import CUT, ModelSpec, Preparation
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, Verdict
from maxctl.health.prepared_model import framework, no_framework, prepared

ARTIFACTS = ".maxctl/out/fetch/artifacts"


class Prepare(Stage):
    """Make the form of the model that everything after starts from, with a documented signature.

    A TensorFlow.js graph or a frozen graph is cut at the tensors that the spec declares and becomes a SavedModel: boxes
    and scores stay raw, as suppression and thresholds are declared steps of the service. A whole Keras model becomes a
    SavedModel, too, and of a SavedModel one signature is kept. A program of PyTorch and an estimator of scikit-learn
    become ONNX, which must answer as they do. A model in an engine's own format is taken as it is, and its tensors must
    be the declared ones.
    """

    name = "prepare"
    phase = Phase.HEALTH
    needs = ("fetch", "check")
    reads = Reads(spec=("preparation",))
    Facts: ClassVar[type[PrepareFacts]] = PrepareFacts

    def tools_for(self, spec: ModelSpec) -> dict[str, str]:
        """Return the versions of what reads the model and writes another, where that is done."""
        return framework(spec.preparation.format)

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Prepare in a child process; a tensor that is not as declared is an error that names the closest."""
        declared = model.spec.preparation
        form = prepared(model.spec)
        source = model.output("fetch", ARTIFACTS) / declared.path
        target = model.write(form.path)
        if framework(declared.format):
            then = [model.output("fetch", ARTIFACTS) / path for path in declared.then]
            result = _made(declared, source, then, target, progress)
        else:
            result = _taken(declared, source, target, progress)
        facts = PrepareFacts(
            format=result["format"],
            inputs=_tensors(result["inputs"]),
            outputs=_tensors(result["outputs"]),
            operators=dict(sorted(result["operators"].items())),
            nodes_before=result.get("nodes_in"),
            nodes_after=result.get("nodes_out"),
            size_bytes=result["size_bytes"],
        )
        return Outcome(Verdict.PASSED, facts=facts, outputs=(form.path,))


def _made(
    declared: Preparation, source: Path, then: Sequence[Path], target: Path, progress: Progress
) -> dict[str, Any]:
    """Let the model's framework write another form, and return what that holds."""
    if missing := no_framework(declared.format):
        raise missing
    from maxctl.runtimes.child import ask

    signature = {
        side: [
            {"name": t.name, "tensor": t.tensor or t.name, "dtype": t.dtype, "shape": list(t.shape)}
            for t in getattr(declared, side)
        ]
        for side in ("inputs", "outputs")
    }
    request = {
        "do": "prepare",
        "format": declared.format,
        "model": str(source),
        "signature": signature,
        "signature_name": declared.signature,
        "tags": list(declared.tags),
        "then": [str(path) for path in then],
        "out": str(target),
    }
    found = ask(request, progress)
    if declared.format not in CUT:
        _check_declared(declared, found)
    return found


def _taken(declared: Preparation, source: Path, target: Path, progress: Progress) -> dict[str, Any]:
    """Copy a model that is in an engine's own format, and return what its files say of it."""
    from maxctl.runtimes.child import ask

    found = ask({"do": "inspect", "format": declared.format, "path": str(source)}, progress)
    if unsafe := found["unsafe_operators"]:
        raise SpecError(
            f"{declared.path} reaches out of its graph: {', '.join(unsafe)}", hint="do not use this model"
        )
    _check_declared(declared, found)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif declared.format == "openvino":  # two files that belong together
        target.mkdir()
        for path in (source, source.with_suffix(".bin")):
            shutil.copyfile(path, target / f"model{path.suffix}")
    else:
        shutil.copyfile(source, target)
    return found


def _check_declared(declared: Preparation, found: dict[str, Any]) -> None:
    """Raise `SpecError` where a declared tensor is not the one in the file."""
    for side in ("inputs", "outputs"):
        there = {tensor["name"]: tensor for tensor in found[side]}
        for tensor in getattr(declared, side):
            actual = there.get(tensor.name)
            if actual is None:
                raise SpecError(
                    f"the model has no {side[:-1]} `{tensor.name}`",
                    hint=f"it has {', '.join(there) or 'none'}",
                )
            stated = {"dtype": tensor.dtype, "shape": list(tensor.shape)}
            for key, value in stated.items():
                if actual[key] is not None and actual[key] != value:
                    raise SpecError(
                        f"the model's {side[:-1]} `{tensor.name}` has {key} {actual[key]}, model.yaml says {value}",
                        hint="`maxctl inspect` tells what the file holds",
                    )


def _tensors(tensors: list[dict[str, Any]]) -> tuple[TensorFacts, ...]:
    return tuple(
        TensorFacts(name=t["name"], dtype=t["dtype"] or "unknown", shape=tuple(t["shape"] or ()))
        for t in tensors
    )
