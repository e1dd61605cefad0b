"""What PyTorch's and scikit-learn's formats share on the way to ONNX: how it is written, and that the numbers stay."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from maxctl.runtimes.interface import ConversionError, FrameworkMissingError

OPSET = 18
"""The oldest that torch writes without rewriting its own output; every engine here reads it."""
LEGACY_OPSET = 17
"""For the exporter of TorchScript, which knows no newer operators well."""
MOST_BYTES = 2**31 - 2**20
"""What a protocol buffer holds."""
RELATIVE, ABSOLUTE = 1e-3, 1e-4
"""How far float32 may move from one engine to another: sums in another order, other exponentials."""
ROUNDED = 0.01
"""Of whole numbers that may differ: those whose scores were next to equal."""
SEED = 20


def numbered(count: int) -> list[str]:
    """Return names for outputs that have none: `output`, or `output_0`, `output_1` and so on."""
    return ["output"] if count == 1 else [f"output_{number}" for number in range(count)]


def write(model: Any, out: Path, given: Mapping[str, Any], expected: Mapping[str, Any], name: str) -> None:
    """Write a ModelProto or its bytes where it answers as the original did, and nothing where it does not.

    Remarks on where it was made are left out: equal models give equal bytes. For the others see `compare`.
    """
    if isinstance(model, bytes):
        model = importlib.import_module("onnx").load_from_string(model)
    if model.ByteSize() > MOST_BYTES:
        raise ConversionError(
            f"the model has {model.ByteSize()} bytes, more than one ONNX file holds",
            hint="export it with smaller types, or serve it by its own code in a hook",
        )
    model.doc_string = ""
    del model.metadata_props[:]
    for graph in _graphs(model.graph):
        graph.doc_string = ""
        del graph.metadata_props[:]
        for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
            part.doc_string = ""
            del part.metadata_props[:]
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    partial.write_bytes(model.SerializeToString(deterministic=True))
    try:
        compare(given, expected, partial, name)
    except BaseException:
        partial.unlink()
        raise
    partial.replace(out)


def _graphs(graph: Any) -> Iterator[Any]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)


def compare(given: Mapping[str, Any], expected: Mapping[str, Any], converted: Path, name: str) -> None:
    """Ask the converted model what the original was asked, and raise `ConversionError` where it answers otherwise.

    `given` has arrays by input, `expected` the original's answers by output.
    """
    import numpy as np

    from maxctl.serving.engines import find
    from maxctl.serving.engines.interface import EngineError

    try:
        engine = find("onnxruntime").load(converted, 1)
    except ImportError as error:
        raise FrameworkMissingError(
            "ONNX Runtime is not installed", hint="pip install 'maxctl[onnx]'"
        ) from error
    except EngineError as error:
        raise ConversionError(
            f"{name} became a model that ONNX Runtime cannot load: {error}",
            hint="serve it by its own code in a hook",
        ) from error
    answered = engine.infer(given)
    clear = _clear(expected)
    for output, right in expected.items():
        difference = differs(np.asarray(right), np.asarray(answered[output]), clear)
        if difference:
            raise ConversionError(
                f"{name} became an ONNX model that answers otherwise: `{output}` {difference}",
                hint="the converter changed what the model computes; serve it by its own code in a hook",
            )


def draw(trials: Mapping[str, tuple[str, Sequence[int]]]) -> dict[str, Any]:
    """Return arrays of numbers that every model takes: from 0 to 1, as indices 0 and 1; the same every time."""
    import numpy as np

    source = np.random.default_rng(SEED)

    def array(dtype: str, shape: Sequence[int]) -> Any:
        if dtype == "string":
            return np.full(shape, "a", dtype=object)
        if dtype == "bool" or np.issubdtype(np.dtype(dtype), np.integer):
            return source.integers(0, 2, shape).astype(dtype)
        return source.random(shape).astype(dtype)

    return {name: array(dtype, shape) for name, (dtype, shape) in trials.items()}


def _clear(expected: Mapping[str, Any]) -> Any:
    """Return which rows have one score clearly above the others: only there is the best one a fact. Or None."""
    import numpy as np

    for array in map(np.asarray, expected.values()):
        if array.dtype.kind == "f" and array.ndim == 2 and array.shape[1] > 1:
            ordered = np.sort(array, axis=1)
            return ordered[:, -1] - ordered[:, -2] > RELATIVE
    return None


def differs(right: Any, answered: Any, clear: Any = None) -> str | None:
    """Return how two arrays differ by more than engines do, or None. `clear` tells which rows have one best answer."""
    import numpy as np

    if right.shape != answered.shape:
        return f"has shape {list(answered.shape)}, not {list(right.shape)}"
    if not right.size:
        return None
    if right.dtype.kind not in "fc":
        other = right.astype(str) != answered.astype(str)
        if clear is not None and len(clear) == len(other) and clear.any():
            other = other[clear]
        wrong = float(np.mean(other))
        return f"differs in {wrong:.0%} of its values" if wrong > ROUNDED else None
    close = np.isclose(answered, right, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    if close.all():
        return None
    with np.errstate(invalid="ignore"):
        worst = float(np.nanmax(np.abs(answered.astype(np.float64) - right.astype(np.float64))))
    return f"differs by up to {worst:.3g}, in {1 - close.mean():.1%} of its numbers"
