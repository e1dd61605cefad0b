"""TF.js graph models small enough to write by hand, and ways to spoil them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def codes(text: str) -> list[int]:
    """A string attribute as old converters write it."""
    return list(text.encode())


def tensor_shape(shape: Sequence[int]) -> dict[str, Any]:
    return {"dim": [{"size": str(size)} for size in shape]}


def placeholder(name: str, shape: Sequence[int]) -> dict[str, Any]:
    return {
        "name": name,
        "op": "Placeholder",
        "attr": {"dtype": {"type": 1}, "shape": {"shape": tensor_shape(shape)}},
    }


def const(name: str, shape: Sequence[int], dtype: int = 1, inputs: Sequence[str] = ()) -> dict[str, Any]:
    value = {"tensor": {"dtype": dtype, "tensorShape": tensor_shape(shape), "floatVal": []}}
    return {
        "name": name,
        "op": "Const",
        "input": list(inputs),
        "attr": {"dtype": {"type": dtype}, "value": value},
    }


def node(name: str, op: str, inputs: Sequence[str], **attributes: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": {"T": {"type": 1}, **attributes}}


def weight(name: str, array: np.ndarray[Any, Any], **quantization: Any) -> dict[str, Any]:
    entry = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
    return entry | ({"quantization": quantization} if quantization else {})


def document(
    nodes: Sequence[Mapping[str, Any]], weights: Sequence[Mapping[str, Any]] = (), **rest: Any
) -> dict[str, Any]:
    return {
        "modelTopology": {"node": list(nodes), "library": {"function": []}, "versions": {"badConsumers": []}},
        "weightsManifest": [{"paths": ["group1-shard1of2", "group1-shard2of2"], "weights": list(weights)}],
        **rest,
    }


def write(folder: Path, content: Any, data: bytes = b"") -> Path:
    """Write model.json and its two shards, cut in the middle of a number; return the path of model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    middle = len(data) // 2 + 1
    (folder / "group1-shard1of2").write_bytes(data[:middle])
    (folder / "group1-shard2of2").write_bytes(data[middle:])
    path = folder / "model.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


FACTOR = np.array([2.0, -3.0], np.float32)
OFFSET = np.array([0.5, 0.25], np.float32)


def scaled(folder: Path) -> Path:
    """`(x + offset) * factor`, x [1,2], behind a cast: `raw` uint8 -> `ToFloat` -> `shifted` -> `scaled`."""
    raw = placeholder("raw", [1, -1])
    raw["attr"]["dtype"]["type"] = 4
    nodes = [
        raw,
        {
            "name": "ToFloat",
            "op": "Cast",
            "input": ["raw"],
            "attr": {"SrcT": {"type": 4}, "DstT": {"type": 1}},
        },
        const("offset", [2]),
        const("factor", [2], inputs=["^shifted"]),
        node("shifted", "Add", ["ToFloat", "offset"], _note={"s": codes("from training")}),
        node("scaled", "Mul", ["shifted", "factor"]),
        node("boxed", "ExpandDims", ["scaled", "axis"], Tdim={"type": 3}),
        const("axis", [], 3),
        node("unused", "Relu", ["scaled"]),
    ]
    weights = [weight("offset", OFFSET), weight("factor", FACTOR), weight("axis", np.array(1, np.int32))]
    return write(
        folder, document(nodes, weights), OFFSET.tobytes() + FACTOR.tobytes() + np.int32(1).tobytes()
    )


FILTER = np.arange(18, dtype=np.float32).reshape(3, 3, 2, 1) / 10
BIAS = np.array([0.5, -40.0], np.float32)
KERNEL = np.array([[1.0, -1.0], [2.0, 0.5]], np.float32).reshape(1, 1, 2, 2)
ALPHA = np.array([0.25, 0.5], np.float32)


def fused(folder: Path) -> Path:
    """Relu6(depthwise(x) + bias), then Prelu(1x1 convolution + bias), each as one of TF.js's fused operators."""
    window = {
        "strides": {"list": {"i": ["1", "1", "1", "1"]}}, "padding": {"s": codes("SAME")},
        "data_format": {"s": codes("NHWC")}, "dilations": {"list": {"i": ["1", "1", "1", "1"]}},
        "epsilon": {"f": 0.0},
    }  # fmt: skip
    first = {"fused_ops": {"list": {"s": [codes("BiasAdd"), codes("Relu6")]}}, "num_args": {"i": "1"}}
    second = {"fused_ops": {"list": {"s": [codes("BiasAdd"), codes("Prelu")]}}, "num_args": {"i": "2"}}
    nodes = [
        placeholder("x", [1, 4, 4, 2]),
        const("filter", FILTER.shape), const("bias", BIAS.shape), const("kernel", KERNEL.shape),
        const("alpha", ALPHA.shape),
        node("depthwise", "FusedDepthwiseConv2dNative", ["x", "filter", "bias"], **window, **first),
        node("pointwise", "_FusedConv2D", ["depthwise", "kernel", "bias", "alpha"], **window, **second),
    ]  # fmt: skip
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "filter": FILTER,
        "bias": BIAS,
        "kernel": KERNEL,
        "alpha": ALPHA,
    }
    weights = [weight(name, array) for name, array in arrays.items()]
    return write(folder, document(nodes, weights), b"".join(array.tobytes() for array in arrays.values()))


def fused_expected(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What `fused` computes, in numpy."""
    padded = np.pad(x[0], ((1, 1), (1, 1), (0, 0)))
    depthwise = np.zeros((4, 4, 2))
    for i in range(4):
        for j in range(4):
            depthwise[i, j] = (padded[i : i + 3, j : j + 3] * FILTER[..., 0]).sum(axis=(0, 1)) + BIAS
    pointwise = np.clip(depthwise, 0, 6) @ KERNEL[0, 0] + BIAS
    answer: np.ndarray[Any, Any] = np.where(pointwise > 0, pointwise, pointwise * ALPHA)[None]
    return answer


def signature(inputs: Sequence[Sequence[Any]], outputs: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A signature from (name, tensor, dtype, shape) tuples."""
    keys = ("name", "tensor", "dtype", "shape")
    return {
        "inputs": [dict(zip(keys, entry, strict=True)) for entry in inputs],
        "outputs": [dict(zip(keys, entry, strict=True)) for entry in outputs],
    }


SCALED = signature(
    [("image", "ToFloat:0", "float32", [1, 2])],
    [("answer", "scaled:0", "float32", [1, 2]), ("flat", "boxed:0", "float32", [1, 2])],
)
FUSED = signature([("x", "x:0", "float32", [1, 4, 4, 2])], [("y", "pointwise:0", "float32", [1, 4, 4, 2])])
