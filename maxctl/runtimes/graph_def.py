"""Frozen TensorFlow graphs: a GraphDef whose weights are constants, in a file `.pb`, cut at declared tensors.

Such a file has no signature. What nothing reads is likely an output, and what stands at the beginning an input; the
spec says where the graph is cut.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maxctl.runtimes import saved_model, wire
from maxctl.runtimes.framework import protobuf, tensorflow_module
from maxctl.runtimes.interface import (
    CorruptModelError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    license_strings,
    unsafe_among,
)

NAME = "graph-def"
HEAD = 1 << 16
_OTHERS = ("saved_model.pb", "keras_metadata.pb", "fingerprint.pb")
_NO_OUTPUTS = frozenset({"Const", "NoOp", "Placeholder", "PlaceholderV2", "Assert"})
_VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})
_TEXTS_BYTES = 4096


def recognise(path: Path) -> bool:
    """Return whether this is a GraphDef: a file whose first message is a node with a name and an operator."""
    if not path.is_file() or path.suffix.lower() not in (".pb", ".graphdef") or path.name in _OTHERS:
        return False
    with path.open("rb") as file:
        data = file.read(HEAD)
    try:
        for number, kind, value in wire.fields(memoryview(data)):
            if number != 1 or kind != wire.LENGTH or not isinstance(value, memoryview):
                return False
            return _is_node(value)
    except wire.MalformedError:
        return _begins_as_node(data)
    return False


def _is_node(node: memoryview) -> bool:
    name, operator = wire.text(node, 1), wire.text(node, 2)
    return bool(name) and operator.isprintable() and operator.lstrip("_")[:1].isupper()


def _begins_as_node(data: bytes) -> bool:
    """Return whether a first node that is longer than what was read begins like one: field 1, and in it field 1."""
    after = 1
    while after < min(len(data), 11) and data[after] & 0x80:
        after += 1
    return data[:1] == b"\x0a" and data[after + 1 : after + 2] == b"\x0a" and len(data) == HEAD


def inspect(path: Path) -> ModelDescription:
    """Return what the graph says: parsed, nothing loaded. Imports TensorFlow for its protocols."""
    graph = graph_def(path)
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    operators = Counter(node.op for node in nodes)
    producer = graph.versions.producer
    return ModelDescription(
        format=NAME,
        inputs=tuple(_end(node) for node in graph.node if node.op in ("Placeholder", "PlaceholderV2")),
        outputs=tuple(_end(node) for node in _sinks(graph)),
        operators=dict(sorted(operators.items())),
        parameters=_parameters(nodes),
        size_bytes=path.stat().st_size,
        metadata={"graph_version": str(producer)} if producer else {},
        licenses=license_strings(_texts(nodes)),
        unsafe_operators=unsafe_among(operators, saver_too=True),
    )


def graph_def(path: Path) -> Any:
    """Return the parsed `GraphDef`. Raises `CorruptModelError`, and `ModelFormatError` for one that is not frozen."""
    if not path.is_file():
        raise ModelFormatError(f"{path} is not there", hint="name the file of the frozen graph")
    if path.stat().st_size > saved_model.MAX_PB_BYTES:
        raise UnsafeModelError(f"{path.name} is larger than a protocol buffer can be")
    graph = tensorflow_module("core.framework.graph_pb2").GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
    except protobuf("message").DecodeError as error:
        raise CorruptModelError(f"{path.name} is no GraphDef: {error}", hint="fetch it again") from error
    if not graph.node or not all(node.name and node.op for node in graph.node):
        raise CorruptModelError(f"{path.name} holds no graph", hint="fetch it again")
    names = Counter(node.name for node in graph.node)
    for name in sorted(name for name, count in names.items() if count > 1):
        raise CorruptModelError(f"{path.name}: two nodes are named `{name}`")
    if variables := sorted(node.name for node in graph.node if node.op in _VARIABLES):
        raise ModelFormatError(
            f"{path.name} is not frozen: {len(variables)} variables, such as `{variables[0]}`, have no values",
            hint="freeze it with its checkpoint, or take the SavedModel that it comes from",
        )
    return graph


def _sinks(graph: Any) -> Iterator[Any]:
    taken = {name.lstrip("^").partition(":")[0] for node in graph.node for name in node.input}
    return (node for node in graph.node if node.name not in taken and node.op not in _NO_OUTPUTS)


def _end(node: Any) -> TensorDescription:
    """Return the first output of a node; of its shape the file says something only for placeholders."""
    types = saved_model.output_types(node)
    dtype = saved_model.type_name(types[0]) if types else None
    shape = node.attr["shape"].shape if "shape" in node.attr and node.op.startswith("Placeholder") else None
    return TensorDescription(
        f"{node.name}:0", dtype, saved_model.shape_of(shape) if shape is not None else None
    )


def _parameters(nodes: list[Any]) -> int:
    """Return the elements of floating-point constants, from their shapes."""
    held = [
        [dim.size for dim in node.attr["value"].tensor.tensor_shape.dim]
        for node in nodes
        if node.op == "Const" and node.attr["dtype"].type in saved_model.FLOATING
    ]
    return sum(math.prod(sizes) for sizes in held if all(size >= 0 for size in sizes))


def _texts(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if node.op == "Const":
            for text in node.attr["value"].tensor.string_val:
                yield text[:_TEXTS_BYTES].decode("utf-8", "replace")
