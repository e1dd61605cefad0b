"""Graphs of operations: TensorFlow, TensorFlow.js and ONNX. A few operations run Python or touch files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from maxctl.health.checks.model_files import keras_config
from maxctl.health.checks.model_files.inspection import Danger, Inspection, data_only, not_scanned
from maxctl.runtimes import wire

RUNS_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "PyOp", "PythonOp"})
WRITES = frozenset(
    {
        "WriteFile",
        "SaveDataset",
        "SaveDatasetV2",
        "DatasetToTFRecord",
        "WriteSummary",
        "CreateSummaryFileWriter",
    }
)
READS = frozenset(
    {
        "ReadFile",
        "MatchingFiles",
        "WholeFileReader",
        "WholeFileReaderV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "TextLineReader",
        "TextLineReaderV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "TFRecordDataset",
        "TextLineDataset",
        "FixedLengthRecordDataset",
        "LoadDataset",
        "RpcClient",
        "RpcCall",
    }
)


def tensorflow(data: bytes, name: str) -> Inspection:
    """Return what a SavedModel, a MetaGraphDef (`.meta`) or a GraphDef executes beside arithmetic."""
    view = memoryview(data)
    if name == "saved_model.pb":
        kind, graphs = (
            "TensorFlow SavedModel",
            [graph for meta in wire.messages(view, 2) for graph in wire.messages(meta, 2)],
        )
    elif name.endswith(".meta"):
        kind, graphs = "TensorFlow MetaGraphDef", list(wire.messages(view, 2))
    else:
        kind, graphs = "TensorFlow GraphDef", [view]
    operations = Counter(op for graph in graphs for op in _operations(graph))
    if not operations or not all(op and op.isprintable() for op in operations):
        return not_scanned("protocol buffer", "its content is neither a TensorFlow graph nor known otherwise")
    return Inspection(
        kind,
        "scanned",
        f"{operations.total()} operations of {len(operations)} kinds",
        dangers=tuple(_dangers(operations)),
    )


def keras_metadata(data: bytes) -> Inspection:
    """Return what the `keras_metadata.pb` beside a SavedModel makes Keras execute."""
    dangers: list[Danger] = []
    for node in wire.messages(memoryview(data), 1):
        for _, _, value in wire.fields(node):
            if isinstance(value, memoryview) and bytes(value[:1]) == b"{":
                dangers += keras_config.dangers(json.loads(bytes(value)))
    return Inspection(
        "Keras metadata", "scanned", "the configuration of each layer was read", dangers=tuple(dangers)
    )


def tensorflow_js(model: dict[str, Any]) -> Inspection:
    """Return what a TensorFlow.js `model.json` executes, and the weight files that it names."""
    topology = model.get("modelTopology") or {}
    paths = tuple(
        str(path) for group in model.get("weightsManifest") or [] for path in group.get("paths", [])
    )
    if not isinstance(topology, dict):
        return not_scanned("TensorFlow.js model", "its modelTopology is not an object")
    dangers = [outside(path) for path in paths if leaves(path)]
    nodes = [*topology.get("node", [])]
    library = topology.get("library") or {}
    nodes += [node for function in library.get("function", []) for node in function.get("nodeDef", [])]
    operations = Counter(str(node.get("op")) for node in nodes)
    if operations:
        kind, reason = "TensorFlow.js graph", f"{operations.total()} operations of {len(operations)} kinds"
        dangers += _dangers(operations)
    else:
        kind, reason = "TensorFlow.js layers", "the configuration of each layer was read"
        dangers += keras_config.dangers(topology)
    return Inspection(
        kind, "scanned", f"{reason}; {len(paths)} weight files", dangers=tuple(dangers), names=paths
    )


def onnx(data: bytes) -> Inspection:
    """Return what an ONNX model executes, and which files of weights it names."""
    model = memoryview(data)
    operations: Counter[str] = Counter()
    locations: set[str] = set()
    graphs = [*wire.messages(model, 7)]
    for training in wire.messages(model, 20):
        graphs += [*wire.messages(training, 1), *wire.messages(training, 2)]
    for function in wire.messages(model, 25):
        _onnx_nodes(wire.messages(function, 7), graphs, operations, locations)
    while graphs:
        graph = graphs.pop()
        _onnx_nodes(wire.messages(graph, 1), graphs, operations, locations)
        tensors = [*wire.messages(graph, 5)]
        for sparse in wire.messages(graph, 15):
            tensors += [*wire.messages(sparse, 1), *wire.messages(sparse, 2)]
        for tensor in tensors:
            locations.update(_external(tensor))
    if not operations:
        return not_scanned("ONNX", "it holds no graph")
    dangers = [*_dangers(operations), *(outside(path) for path in sorted(locations) if leaves(path))]
    return Inspection(
        "ONNX",
        "scanned",
        f"{operations.total()} operations of {len(operations)} kinds",
        dangers=tuple(dangers),
        names=tuple(sorted(locations)),
    )


def leaves(path: str) -> bool:
    """Tell whether a path leaves the folder that it is relative to."""
    pure = PurePosixPath(path.replace("\\", "/"))
    return pure.is_absolute() or ".." in pure.parts or ":" in path


def fingerprint(data: bytes) -> Inspection:
    """Return that the fingerprint of a SavedModel is a handful of numbers; `MalformedError` if it is not."""
    for _ in wire.fields(memoryview(data)):
        pass
    return data_only("TensorFlow fingerprint", "checksums of the SavedModel beside it")


def _operations(graph: memoryview) -> Iterator[str]:
    for node in wire.messages(graph, 1):
        yield wire.text(node, 2)
    for library in wire.messages(graph, 2):
        for function in wire.messages(library, 1):
            for node in wire.messages(function, 3):
                yield wire.text(node, 2)


def _onnx_nodes(
    nodes: Iterable[memoryview], graphs: list[memoryview], operations: Counter[str], locations: set[str]
) -> None:
    for node in nodes:
        operations[wire.text(node, 4)] += 1
        for attribute in wire.messages(node, 5):
            graphs += [*wire.messages(attribute, 6), *wire.messages(attribute, 11)]
            tensors = [*wire.messages(attribute, 5), *wire.messages(attribute, 10)]
            for sparse in (*wire.messages(attribute, 22), *wire.messages(attribute, 23)):
                tensors += [*wire.messages(sparse, 1), *wire.messages(sparse, 2)]
            for tensor in tensors:
                locations.update(_external(tensor))


def _external(tensor: memoryview) -> Iterator[str]:
    for entry in wire.messages(tensor, 13):
        if wire.text(entry, 1) == "location":
            yield wire.text(entry, 2)


def _dangers(operations: Counter[str]) -> Iterator[Danger]:
    for op, count in sorted(operations.items()):
        if op in RUNS_PYTHON:
            yield Danger("CHK404", "error", f"{count} × the operation {op}, which runs a Python function")
        elif op in WRITES:
            yield Danger("CHK405", "error", f"{count} × the operation {op}, which writes files")
        elif op in READS:
            yield Danger(
                "CHK405", "warning", f"{count} × the operation {op}, which reads files or the network"
            )


def outside(path: str) -> Danger:
    """Return the danger of a graph that names a file elsewhere."""
    return Danger("CHK406", "error", f"it names the file `{path}`, which is outside its folder")
