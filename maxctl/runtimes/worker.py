"""The child process in which frameworks are imported: `python -m maxctl.runtimes.worker`.

Reads one JSON request from standard input, and writes JSON lines to the descriptor in MAXCTL_FD: some
`{"event": "progress", "done", "total", "label"}`, then one `{"event": "result", "result"}` (exit code 0) or
`{"event": "error", "kind", "message", "hint"}` (exit code 1). What TensorFlow prints is nobody's protocol.

Requests (paths are absolute; `signature` as `Signature.of` reads it):

    {"do": "inspect", "path", "format"?}
    {"do": "prepare", "model", "format"?, "signature"?, "signature_name"?, "tags"?, "then"?: paths, "out"}
    {"do": "convert", "model", "format"?, "to"?: "litert", "onnxruntime" or "openvino", "out", "select_ops"?}
    {"do": "infer", "model", "format"?, "inputs": {name: path of .npy}, "out", "threads"?}
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from maxctl.runtimes import (
    format_named,
    graph_def,
    keras,
    known,
    litert,
    onnx,
    openvino,
    saved_model,
    sklearn,
    tfjs,
    torch_export,
    torchscript,
)
from maxctl.runtimes.framework import tensorflow
from maxctl.runtimes.interface import (
    FrameworkMissingError,
    ModelFormatError,
    Signature,
    UnknownTensorError,
    UnsafeModelError,
)

_ENGINES = {onnx.NAME: "onnxruntime", openvino.NAME: "openvino"}
_FOR_OPENVINO = (saved_model.NAME, onnx.NAME, litert.NAME)

Emit = Callable[[Mapping[str, Any]], None]
Tell = Callable[[str], None]


class RequestError(ModelFormatError):
    """The request itself is wrong: a mistake of the caller, not of the model."""

    kind = "request"


def perform(request: Mapping[str, Any], emit: Emit) -> bool:
    """Do what the request asks, emit progress and one result or error, and return whether it was a result."""
    try:
        result = _do(request, emit)
    except ModelFormatError as error:
        emit({"event": "error", "kind": error.kind, "message": error.message, "hint": error.hint})
        return False
    except Exception as error:  # noqa: BLE001 - the last chance to tell the parent
        traceback.print_exc()
        emit({"event": "error", "kind": "bug", "message": f"{type(error).__name__}: {error}", "hint": None})
        return False
    emit({"event": "result", "result": result})
    return True


def _do(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    if not isinstance(request, Mapping):
        raise RequestError("the request must be a JSON object")
    work = _WORK.get(str(request.get("do")))
    if work is None:
        raise RequestError(f"unknown request {request.get('do')!r}", hint=f"one of {', '.join(_WORK)}")
    function, total = work
    done = 0

    def tell(label: str) -> None:
        nonlocal done
        emit({"event": "progress", "done": done, "total": total, "label": label})
        done += 1

    result = function(request, tell)
    emit({"event": "progress", "done": total, "total": total, "label": "done"})
    return result


def _path(request: Mapping[str, Any], key: str) -> Path:
    value = request.get(key)
    if not isinstance(value, str) or not value:
        raise RequestError(f"the request needs the path `{key}`")
    return Path(value)


def _inspect(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    path = _path(request, "path")
    name = request.get("format") or known(path)
    tell(f"read {path.name}")
    return format_named(name).inspect(path).to_json()


def _prepare(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    model, out = _path(request, "model"), _path(request, "out")
    name = request.get("format") or known(model)
    prepare = _PREPARE.get(name)
    if prepare is None:
        raise ModelFormatError(
            f"a model of format `{name}` is not prepared", hint=f"prepare takes {', '.join(_PREPARE)}"
        )
    return prepare(request, model, out, tell)


def _checked_saved_model(told: Mapping[str, Any], out: Path, tell: Tell) -> dict[str, Any]:
    """Return what is told of a SavedModel that was written, after a look whether it loads."""
    tell("check that it loads")
    loaded = tensorflow().saved_model.load(str(out), tags=["serve"])
    if saved_model.SIGNATURE not in loaded.signatures:
        raise UnknownTensorError(f"{out} loads without the signature {saved_model.SIGNATURE}")
    return {
        **told,
        "format": saved_model.NAME,
        "path": str(out),
        "files": sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()),
        "size_bytes": sum(p.stat().st_size for p in out.rglob("*") if p.is_file()),
        "versions": {"tensorflow": tensorflow().__version__},
    }


def _prepare_graph(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    """Cut a graph that has no signature of its own at the declared tensors."""
    signature = Signature.of(request.get("signature"))
    tell("read the graph and its weights")
    graph = graph_def.graph_def(model) if graph_def.recognise(model) else tfjs.graph_def(model)
    tell("write the SavedModel")
    written = saved_model.write(graph, signature, out)
    told = {
        "inputs": [tensor.to_json() for tensor in written.inputs],
        "outputs": [tensor.to_json() for tensor in written.outputs],
        "operators": dict(written.operators),
        "nodes_in": written.nodes_in,
        "nodes_out": written.nodes_out,
    }
    return _checked_saved_model(told, out, tell)


def _prepare_keras(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    tell("read the configuration and the weights")
    declared = request.get("signature") or {}
    tell("write the SavedModel")
    return _checked_saved_model(keras.convert(model, declared, out).to_json(), out, tell)


def _prepare_saved_model(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    tell("read the graphs and their signatures")
    name, tags = request.get("signature_name"), request.get("tags") or ()
    tell("write the SavedModel")
    return _checked_saved_model(saved_model.take(model, out, signature=name, tags=tags).to_json(), out, tell)


def _prepare_torch_export(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    tell("read the program")
    tell("write ONNX, and compare the numbers")
    return {**torch_export.convert(model, out).to_json(), "path": str(out)}


def _prepare_torchscript(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    tell("read the code")
    declared = request.get("signature") or {}
    tell("write ONNX, and compare the numbers")
    return {**torchscript.convert(model, declared, out).to_json(), "path": str(out)}


def _prepare_sklearn(request: Mapping[str, Any], model: Path, out: Path, tell: Tell) -> dict[str, Any]:
    tell("read the estimator")
    paths = [model, *map(Path, request.get("then") or ())]
    tell("write ONNX, and compare the numbers")
    return {**sklearn.convert(paths, out).to_json(), "path": str(out)}


def _convert(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    model, out = _path(request, "model"), _path(request, "out")
    name = request.get("format") or known(model)
    tell("look for what a model must not do")
    _refuse_unsafe(format_named(name).inspect(model).unsafe_operators, model)
    target = request.get("to", litert.NAME)
    tell(f"convert for {target}")
    if target == litert.NAME and name == saved_model.NAME:
        description = litert.convert(model, out, select_ops=bool(request.get("select_ops", False)))
    elif target == "onnxruntime" and name == saved_model.NAME:
        description = onnx.convert(model, out)
    elif target == openvino.NAME and name in _FOR_OPENVINO:
        description = openvino.convert(model, out)
    else:
        raise RequestError(f"a model of format `{name}` is not converted for `{target}`")
    return {**description.to_json(), "path": str(out)}


def _infer(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    model, out = _path(request, "model"), _path(request, "out")
    name = request.get("format") or known(model)
    inputs = request.get("inputs")
    if not isinstance(inputs, Mapping) or not inputs:
        raise RequestError("the request needs `inputs`: name -> path of a .npy file")
    tell("load")
    description = format_named(name).inspect(model)
    _refuse_unsafe(description.unsafe_operators, model)
    arrays = {str(key): _array(Path(path)) for key, path in inputs.items()}
    expected = {tensor.name for tensor in description.inputs}
    if set(arrays) != expected:
        raise UnknownTensorError(
            f"the model takes {', '.join(sorted(expected))}, the request gives {', '.join(sorted(arrays))}"
        )
    tell("infer")
    if name == saved_model.NAME:
        outputs, seconds = _run_saved_model(model, arrays)
    elif name == litert.NAME:
        outputs, seconds = _run_litert(model, arrays, int(request.get("threads", 1)))
    elif name in _ENGINES:
        outputs, seconds = _run_engine(_ENGINES[name], model, arrays, int(request.get("threads", 1)))
    else:
        raise ModelFormatError(f"a model of format `{name}` is not run here", hint="prepare it first")
    out.mkdir(parents=True, exist_ok=True)
    import numpy as np

    written = {}
    for index, key in enumerate(sorted(outputs)):
        file = out / f"output-{index}.npy"  # never the model's own name: it may climb out of the folder
        array = outputs[key]
        if array.dtype.hasobject:  # texts; as objects they would be pickled
            array = (
                array.astype(bytes if isinstance(array.flat[0], bytes) else str)
                if array.size
                else array.astype(str)
            )
        np.save(file, array, allow_pickle=False)
        written[key] = {"path": str(file), "shape": list(array.shape), "dtype": str(array.dtype)}
    return {"format": name, "outputs": written, "seconds": seconds}


def _refuse_unsafe(operators: tuple[str, ...], model: Path) -> None:
    if operators:
        raise UnsafeModelError(
            f"{model} reaches out of its graph: {', '.join(operators)}", hint="do not run this model"
        )


def _array(path: Path) -> Any:
    import numpy as np

    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise RequestError(f"{path} is no array: {error}", hint="write it with numpy.save") from error


def _run_saved_model(model: Path, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
    tf = tensorflow()
    loaded = tf.saved_model.load(str(model), tags=["serve"])
    run = loaded.signatures[saved_model.SIGNATURE]
    try:
        start = time.perf_counter()
        answers = run(**{name: tf.constant(array) for name, array in arrays.items()})
        seconds = time.perf_counter() - start
    except (TypeError, ValueError, tf.errors.OpError) as error:
        raise UnknownTensorError(f"the model refuses its inputs: {str(error).splitlines()[0]}") from error
    return {name: answer.numpy() for name, answer in answers.items()}, seconds


def _run_litert(model: Path, arrays: Mapping[str, Any], threads: int) -> tuple[dict[str, Any], float]:
    try:
        interpreter_module: Any = importlib.import_module("ai_edge_litert.interpreter")
    except ImportError as error:
        raise FrameworkMissingError(
            "ai_edge_litert is not installed", hint="pip install 'maxctl[engines]'"
        ) from error
    try:
        interpreter = interpreter_module.Interpreter(model_path=str(model), num_threads=threads)
        run = interpreter.get_signature_runner()
        start = time.perf_counter()
        answers = run(**arrays)
        seconds = time.perf_counter() - start
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelFormatError(f"LiteRT cannot run {model.name}: {str(error).splitlines()[0]}") from error
    return {str(name): answer for name, answer in answers.items()}, seconds


def _run_engine(
    name: str, model: Path, arrays: Mapping[str, Any], threads: int
) -> tuple[dict[str, Any], float]:
    """Ask the engine that a service would ask."""
    from maxctl.serving.engines import find
    from maxctl.serving.engines.interface import EngineError

    try:
        engine = find(name).load(model, threads)
    except ImportError as error:
        raise FrameworkMissingError(f"{name} is not installed", hint=f"pip install {name}") from error
    except EngineError as error:
        raise ModelFormatError(str(error)) from error
    try:
        start = time.perf_counter()
        answers = engine.infer(arrays)
        seconds = time.perf_counter() - start
    except ValueError as error:
        raise UnknownTensorError(f"the model refuses its inputs: {error}") from error
    return answers, seconds


_PREPARE: dict[str, Callable[[Mapping[str, Any], Path, Path, Tell], dict[str, Any]]] = {
    tfjs.NAME: _prepare_graph,
    graph_def.NAME: _prepare_graph,
    keras.NAME: _prepare_keras,
    saved_model.NAME: _prepare_saved_model,
    torch_export.NAME: _prepare_torch_export,
    torchscript.NAME: _prepare_torchscript,
    sklearn.NAME: _prepare_sklearn,
}
_WORK: dict[str, tuple[Callable[[Mapping[str, Any], Tell], dict[str, Any]], int]] = {
    "inspect": (_inspect, 1),
    "prepare": (_prepare, 3),
    "convert": (_convert, 2),
    "infer": (_infer, 2),
}


def main() -> int:
    """Read the request, perform it, and return the exit code."""
    number = os.environ.get("MAXCTL_FD", "")
    if not number.isdigit():
        sys.stderr.write("the worker is started by maxctl: MAXCTL_FD must name a descriptor to answer on\n")
        return 2
    with os.fdopen(int(number), "w", encoding="utf-8", closefd=False) as answers:

        def emit(event: Mapping[str, Any]) -> None:
            answers.write(json.dumps(event) + "\n")
            answers.flush()

        try:
            request = json.load(sys.stdin)
        except ValueError as error:
            emit(
                {
                    "event": "error",
                    "kind": "request",
                    "message": f"the request is no JSON: {error}",
                    "hint": None,
                }
            )
            return 1
        return 0 if perform(request, emit) else 1


if __name__ == "__main__":
    raise SystemExit(main())
