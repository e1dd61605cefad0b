"""ONNX: inspect a model from its protocol buffer, and convert a SavedModel into one.

`inspect` needs no package: the buffer is walked field by field in a mapped file, so weights are jumped over.
Field numbers are those of `onnx.proto` (ONNX 1.23, IR version 13).
"""

from __future__ import annotations

import importlib
import math
import mmap
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from maxctl.runtimes import wire
from maxctl.runtimes.interface import (
    ConversionError,
    CorruptModelError,
    FrameworkMissingError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    UnsupportedOperatorError,
    checked_shape,
    license_strings,
)

if TYPE_CHECKING:
    from maxctl.runtimes.metadata.source import Found

NAME = "onnx"
OPSET = 17
"""What a conversion is written in: old enough for every engine, and all that TensorFlow's operators need."""
MAX_FIELDS = 4_000_000
"""Fields that are walked over: a graph of a hundred thousand nodes has half as many."""
MAX_TEXT = 64 * 1024 * 1024
_LONGEST_NAME = 64 * 1024
_MOST_TOP_FIELDS = 10_000
_POINTER = b"version https://git-lfs"
_IN_MEMORY = "_ORT_MEM_ADDR_"  # ONNX Runtime's own: the "offset" is an address in the process

# TensorProto.DataType: name as NumPy or ml_dtypes has it, and bits of an element (0: not checked)
_TYPES = {
    1: ("float32", 32), 2: ("uint8", 8), 3: ("int8", 8), 4: ("uint16", 16), 5: ("int16", 16), 6: ("int32", 32),
    7: ("int64", 64), 8: ("string", 0), 9: ("bool", 8), 10: ("float16", 16), 11: ("float64", 64),
    12: ("uint32", 32), 13: ("uint64", 64), 14: ("complex64", 64), 15: ("complex128", 128),
    16: ("bfloat16", 16), 17: ("float8_e4m3fn", 8), 18: ("float8_e4m3fnuz", 8), 19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8), 21: ("uint4", 4), 22: ("int4", 4), 23: ("float4_e2m1fn", 4),
    24: ("float8_e8m0fnu", 8), 25: ("uint2", 2), 26: ("int2", 2),
    27: ("float6_e2m3fn", 0), 28: ("float6_e3m2fn", 0),
}  # fmt: skip
_INTEGERS_ALONE = {"uint16", "int16", "int32", "int64", "uint32", "uint64", "bool", "string"}
# TypeProto: what is no tensor
_OTHER_KINDS = {4: "sequence", 5: "map", 7: "opaque", 8: "sparse_tensor", 9: "optional"}
_STANDARD = {"", "ai.onnx"}
_KNOWN = _STANDARD | {
    "ai.onnx.ml",
    "ai.onnx.preview",
    "com.microsoft",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
}


def recognise(path: Path) -> bool:
    """Return whether the file is called `.onnx`, or has the outer fields of a ModelProto."""
    if not path.is_file():
        return False
    return path.suffix.lower() == ".onnx" or _looks(path)


def _looks(path: Path) -> bool:
    """Return whether there are an IR version, a graph and operator sets, and nothing that is no field."""
    if path.stat().st_size == 0:
        return False
    seen = set()
    try:
        for count, (number, kind, _) in enumerate(wire.fields(_mapped(path))):
            seen.add((number, kind))
            if count > _MOST_TOP_FIELDS or number > 25:
                return False
    except wire.MalformedError:
        return False
    return {(1, wire.VARINT), (7, wire.LENGTH), (8, wire.LENGTH)} <= seen


def inspect(path: Path) -> ModelDescription:
    """Return what the file says; no package is imported, no weights are read, no other file is opened.

    Places of external weights outside the model's folder stand in `unsafe_operators`; in `metadata` are
    `opset`, `external_data` (files beside the model) and `custom_operators` (of no known domain: no engine has
    them). Raises `ModelFormatError`.
    """
    if not path.is_file():
        raise ModelFormatError(f"{path} is not there", hint="name an .onnx file")
    if path.stat().st_size == 0:
        raise CorruptModelError(f"{path.name} is empty", hint="fetch it again")
    data = _mapped(path)
    if bytes(data[: len(_POINTER)]) == _POINTER:
        raise CorruptModelError(f"{path.name} is a Git LFS pointer", hint="`git lfs pull` brings the model")
    reader = _Reader()
    try:
        reader.model(data)
    except wire.MalformedError as error:
        raise CorruptModelError(f"{path.name} is damaged: {error}", hint="fetch it again") from error
    if not reader.graphs:
        raise CorruptModelError(f"{path.name} holds no graph", hint="fetch it again")
    return _described(path, reader)


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _described(path: Path, reader: _Reader) -> ModelDescription:
    outside, beside = _external_files(path, reader.external)
    metadata, texts = _texts(path)
    metadata["opset"] = ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in reader.opsets)
    metadata["external_data"] = ", ".join(
        file.relative_to(path.parent.resolve()).as_posix() for file in beside
    )
    metadata["custom_operators"] = ", ".join(sorted(reader.custom()))
    return ModelDescription(
        format=NAME,
        inputs=tuple(tensor for tensor in reader.inputs if tensor.name not in reader.initializers),
        outputs=tuple(reader.outputs),
        operators={name: reader.operators[name] for name in sorted(reader.operators)},
        parameters=reader.parameters,
        size_bytes=path.stat().st_size + sum(file.stat().st_size for file in beside),
        metadata={key: value for key, value in metadata.items() if value},
        licenses=license_strings([*texts, *reader.notes]),
        unsafe_operators=tuple(outside),
    )


def _texts(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return what the model says of itself, cut for display, and the whole of it."""
    from maxctl.runtimes.metadata import onnx
    from maxctl.runtimes.metadata.source import DamagedError, Found, Source

    found: Found = Found()
    with path.open("rb") as file:
        try:
            onnx.read(Source(file), found)
        except DamagedError as error:
            found.problem(str(error))
    metadata = {key.removeprefix("metadata_props."): value[:500] for key, value in found.entries}
    if found.problems:
        metadata["not_read"] = "; ".join(found.problems)
    return metadata, [value for _, value in found.entries]


@dataclass(frozen=True, slots=True)
class External:
    """Weights in another file: the path as the model has it, and the bytes there (length None: to the end)."""

    location: str
    offset: int
    length: int | None


def _external_files(path: Path, external: Iterable[External]) -> tuple[list[str], list[Path]]:
    """Return the places that a model must not read, and the files beside it that it reads.

    Raises `CorruptModelError` where a file is not there, or too short.
    """
    folder = path.parent.resolve()
    outside: dict[str, None] = {}
    ends: dict[str, int] = {}
    for one in external:
        if _leaves(folder, one.location):
            outside.setdefault(f"external data at {one.location[:200]}")
        else:
            ends[one.location] = max(ends.get(one.location, 0), one.offset + (one.length or 0))
    if not outside:
        for location, end in ends.items():
            file = folder / location
            if not file.is_file():
                raise CorruptModelError(
                    f"{path.name} has its weights in {location}, which is not there",
                    hint="put the file beside the model",
                )
            if file.stat().st_size < end:
                raise CorruptModelError(
                    f"{location} has {file.stat().st_size} bytes, {path.name} needs {end}",
                    hint="fetch it again",
                )
    return list(outside), [] if outside else [folder / location for location in ends]


def _leaves(folder: Path, location: str) -> bool:
    """Return whether a location is outside the folder, also through a link, or no file at all."""
    pure = PurePosixPath(location.replace("\\", "/"))
    if not location or "\0" in location or ":" in location or _IN_MEMORY in location or len(location) > 4096:
        return True
    if pure.is_absolute() or ".." in pure.parts:
        return True
    try:
        return not (folder / location).resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # links in a circle, a name that is too long
        return True


@dataclass(slots=True)
class _Reader:
    """Walks through one model, and counts what it walks over: every part is looked at once."""

    inputs: list[TensorDescription] = field(default_factory=list)
    outputs: list[TensorDescription] = field(default_factory=list)
    initializers: set[str] = field(default_factory=set)
    operators: Counter[str] = field(default_factory=Counter)
    opsets: list[tuple[str, int]] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    external: dict[External, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parameters: int = 0
    graphs: int = 0
    walked: int = 0
    kept: int = 0

    def fields(self, message: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
        for one in wire.fields(message):
            self.walked += 1
            if self.walked > MAX_FIELDS:
                raise UnsafeModelError(f"the model has more than {MAX_FIELDS} parts, which no sane graph has")
            yield one

    def parts(self, message: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Yield the number and content of strings, bytes and messages."""
        for number, kind, value in self.fields(message):
            if kind == wire.LENGTH and isinstance(value, memoryview):
                yield number, value

    def text(self, value: memoryview) -> str:
        if len(value) > _LONGEST_NAME:
            raise CorruptModelError(f"a name in the model has {len(value)} bytes", hint="fetch it again")
        self.kept += len(value)
        if self.kept > MAX_TEXT:
            raise UnsafeModelError(f"the model's names have more than {MAX_TEXT // 1024**2} MiB")
        return bytes(value).decode("utf-8", errors="replace")

    def model(self, data: memoryview) -> None:
        graphs, nodes = [], []
        for number, value in self.parts(data):
            if number == 7:
                graphs.append(value)  # a parser would merge a second one into the first
            elif number == 8:
                self.opsets.append(self.opset(value))
            elif number == 20:  # training: initialization and algorithm
                graphs += [part for where, part in self.parts(value) if where in (1, 2)]
            elif number == 25:
                nodes += self.function(value)
        self.graphs = len(graphs)
        for graph in graphs:
            nodes += self.graph(graph, outer=True)
        inner: list[memoryview] = []
        while nodes or inner:
            for node in nodes:
                inner += self.node(node)
            nodes = self.graph(inner.pop(), outer=False) if inner else []

    def opset(self, message: memoryview) -> tuple[str, int]:
        domain, version = "", 0
        for number, _, value in self.fields(message):
            if number == 1 and isinstance(value, memoryview):
                domain = self.text(value)
            elif number == 2 and isinstance(value, int):
                version = value
        return domain, version

    def function(self, message: memoryview) -> list[memoryview]:
        name, domain, nodes = "", "", []
        for number, value in self.parts(message):
            if number == 1:
                name = self.text(value)
            elif number == 7:
                nodes.append(value)
            elif number == 10:
                domain = self.text(value)
        self.functions.add(_operator(domain, name))
        return nodes

    def graph(self, message: memoryview, *, outer: bool) -> list[memoryview]:
        """Take in a graph but for its nodes, which are returned."""
        nodes = []
        for number, value in self.parts(message):
            if number == 1:
                nodes.append(value)
            elif number == 5:
                name = self.tensor(value)
                if outer:
                    self.initializers.add(name)
            elif number == 15:
                self.sparse(value)
            elif number == 10 and len(value) <= _LONGEST_NAME:
                self.notes.append(self.text(value))
            elif outer and number == 11:
                self.inputs.append(self.end(value))
            elif outer and number == 12:
                self.outputs.append(self.end(value))
        return nodes

    def node(self, message: memoryview) -> list[memoryview]:
        """Count a node, take in the weights of its attributes, and return the graphs in them."""
        operator, domain = "", ""
        graphs: list[memoryview] = []
        for number, value in self.parts(message):
            if number == 4:
                operator = self.text(value)
            elif number == 7:
                domain = self.text(value)
            elif number == 5:
                for where, part in self.parts(value):
                    if where in (5, 10):
                        self.tensor(part)
                    elif where in (6, 11):
                        graphs.append(part)
                    elif where in (22, 23):
                        self.sparse(part)
        if not operator:
            raise CorruptModelError("a node of the model names no operator", hint="fetch it again")
        self.operators[_operator(domain, operator)] += 1
        return graphs

    def sparse(self, message: memoryview) -> None:
        for number, value in self.parts(message):
            if number == 1:
                self.initializers.add(self.tensor(value))
            elif number == 2:
                self.tensor(value)

    def tensor(self, message: memoryview) -> str:
        """Take in a tensor, and return its name."""
        dims: list[int] = []
        name, kind, raw, outside = "", 0, None, []
        for number, wire_type, value in self.fields(message):
            if number == 1 and isinstance(value, int):
                dims.append(_signed(value))
            elif number == 1 and wire_type == wire.LENGTH and isinstance(value, memoryview):
                dims += self.packed(value)
            elif number == 2 and isinstance(value, int):
                kind = value
            elif isinstance(value, int) or wire_type != wire.LENGTH:
                continue
            elif number == 8:
                name = self.text(value)
            elif number == 9:
                raw = len(value)
            elif number == 13:
                outside.append(self.pair(value))
        shape = checked_shape(dims, f"the tensor `{name[:200]}`")
        elements = math.prod(size or 0 for size in shape)
        type_name, bits = _TYPES.get(kind, ("", 0))
        if not type_name:
            raise CorruptModelError(f"the tensor `{name[:200]}` is of no known type ({kind})")
        if raw is not None and bits and not outside and raw != (elements * bits + 7) // 8:
            raise CorruptModelError(
                f"the tensor `{name[:200]}` of shape {list(shape)} has {raw} bytes", hint="fetch it again"
            )
        if type_name not in _INTEGERS_ALONE:
            self.parameters += elements
        if outside:
            self.external[_external(dict(outside), name)] = None
        return name

    def packed(self, value: memoryview) -> list[int]:
        # as many varints as bytes without a continuation bit; more than a shape's are refused by the caller
        if len(value) > 256:
            raise UnsafeModelError("a shape with more than 25 dimensions is refused")
        numbers, number, shift = [], 0, 0
        for byte in value:
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                numbers.append(_signed(number))
                number = shift = 0
        return numbers

    def pair(self, message: memoryview) -> tuple[str, str]:
        parts = {1: "", 2: ""}
        for number, value in self.parts(message):
            if number in parts:
                parts[number] = self.text(value)
        return parts[1], parts[2]

    def end(self, message: memoryview) -> TensorDescription:
        """Return an input or output from its ValueInfoProto."""
        name, dtype, shape = "", None, None
        for number, value in self.parts(message):
            if number == 1:
                name = self.text(value)
            elif number == 2:
                for kind, content in self.parts(value):
                    if kind == 1:
                        dtype, shape = self.tensor_type(content, name)
                    elif kind in _OTHER_KINDS:
                        dtype = _OTHER_KINDS[kind]
        return TensorDescription(name, dtype, shape)

    def tensor_type(self, message: memoryview, name: str) -> tuple[str | None, tuple[int | None, ...] | None]:
        dtype, shape = None, None
        for number, _, value in self.fields(message):
            if number == 1 and isinstance(value, int):
                dtype = _TYPES.get(value, (None, 0))[0]
            elif number == 2 and isinstance(value, memoryview):
                dims = [self.dimension(part) for where, part in self.parts(value) if where == 1]
                shape = checked_shape(dims, f"`{name[:200]}`", open_too=True)
        return dtype, shape

    def dimension(self, message: memoryview) -> int | None:
        """Return the size; None for one that has a name, nothing, or what some exporters write for open: -1."""
        size: int | None = None
        for number, _, value in self.fields(message):
            if number == 1 and isinstance(value, int):
                size = _signed(value) if _signed(value) >= 0 else None
        return size

    def custom(self) -> set[str]:
        """Return the operators of no known domain that the model does not define itself."""
        used = {name for name in self.operators if name not in self.functions}
        return {name for name in used if "." in name and name.rpartition(".")[0] not in _KNOWN}


def _operator(domain: str, name: str) -> str:
    return name if domain in _STANDARD else f"{domain}.{name}"


def _external(entries: dict[str, str], name: str) -> External:
    numbers = {key: entries.get(key, "") for key in ("offset", "length")}
    for key, value in numbers.items():
        if value and not (value.isascii() and value.isdigit() and len(value) < 20):
            raise CorruptModelError(f"the external weights of `{name[:200]}` have the {key} {value[:50]!r}")
    length = int(numbers["length"]) if numbers["length"] else None
    return External(entries.get("location", ""), int(numbers["offset"] or 0), length)


def _signed(value: int) -> int:
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def convert(saved_model_dir: Path, out_file: Path) -> ModelDescription:
    """Convert a SavedModel to a float32 ONNX file with its names, and return what it holds.

    The same SavedModel and versions give the same bytes, unless there are branches or loops in it. Imports
    TensorFlow and tf2onnx. Raises `ModelFormatError`.
    """
    from maxctl.runtimes.framework import tensorflow
    from maxctl.runtimes.saved_model import SIGNATURE

    tf = tensorflow()
    try:
        checker: Any = importlib.import_module("onnx.checker")
        converter: Any = importlib.import_module("tf2onnx.convert")
        tf_loader: Any = importlib.import_module("tf2onnx.tf_loader")
    except ImportError as error:
        raise FrameworkMissingError(
            f"tf2onnx cannot be imported: {error}", hint="pip install 'maxctl[onnx]'"
        ) from error
    try:
        graph, inputs, outputs, tables, names = tf_loader.from_saved_model(
            str(saved_model_dir), None, None, tag=["serve"], signatures=[SIGNATURE],
            return_initialized_tables=True, return_tensors_to_rename=True,
        )  # fmt: skip
        with tf.device("/cpu:0"):
            # the name stands in the file: not that of the folder, so that equal models give equal bytes
            model, _ = converter._convert_common(
                graph, name="SavedModel", opset=OPSET, input_names=inputs, output_names=outputs,
                tensors_to_rename=names, initialized_tables=tables,
            )  # fmt: skip
            _put_in_order(model.graph)
            # what the converter does not know it leaves as it was, and logs it
            checker.check_model(model)
    except Exception as error:  # whatever TensorFlow and the converter raise
        raise _why(saved_model_dir, str(error) or type(error).__name__) from error
    out_file.parent.mkdir(parents=True, exist_ok=True)
    partial = out_file.with_name(f".{out_file.name}.partial")
    partial.write_bytes(model.SerializeToString(deterministic=True))
    os.replace(partial, out_file)  # noqa: PTH105 - atomic, and said so
    return inspect(out_file)


def _put_in_order(graph: Any) -> None:
    """Order and name what is inside a GraphProto by its structure alone, unless graphs are nested in it.

    The converter numbers its names, and picks one of several equal constants, by the places of objects in
    memory: other bytes every time.
    """
    if any(part.HasField("g") or part.graphs for node in graph.node for part in node.attribute):
        return
    weights = {tensor.name: tensor for tensor in graph.initializer}
    ends = [end.name for end in (*graph.input, *graph.output)]
    nodes = list(_from_the_outputs(graph))
    names = {"": "", **{name: name for name in ends}}
    for index, node in enumerate(nodes):
        for tensor in (*node.input, *node.output):
            names.setdefault(tensor, f"{node.op_type}_{index}:{len(names)}")
    for index, node in enumerate(nodes):
        node.name = f"{node.op_type}_{index}"
        node.input[:] = [names[tensor] for tensor in node.input]
        node.output[:] = [names[tensor] for tensor in node.output]
        attributes = sorted(node.attribute, key=lambda part: str(part.name))
        del node.attribute[:]
        node.attribute.extend(attributes)
    kept = [weights[name] for name in names if name in weights]
    for tensor in kept:
        tensor.name = names[tensor.name]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


def _from_the_outputs(graph: Any) -> Iterator[Any]:
    """Yield copies of the nodes that outputs need, each after those that it needs itself."""
    makers = {name: index for index, node in enumerate(graph.node) for name in node.output if name}
    told: set[int] = set()
    waiting = [(makers[end.name], False) for end in reversed(graph.output) if end.name in makers]
    while waiting:
        index, ready = waiting.pop()
        if index in told:
            continue
        node = graph.node[index]
        if ready:
            told.add(index)
            copied = type(node)()
            copied.CopyFrom(node)
            yield copied
        else:
            waiting.append((index, True))
            waiting += [(makers[name], False) for name in reversed(node.input) if name in makers]


def _why(saved_model_dir: Path, message: str) -> ModelFormatError:
    """Return the complaint of the checker or the converter as one line that names what to change."""
    if unknown := re.search(r"No Op registered for (\S+)", message):
        return UnsupportedOperatorError(
            f"ONNX has no operator for {unknown.group(1)}",
            hint="serve this model with `engine: tensorflow`, or cut the graph before it",
        )
    first = next((line.strip() for line in message.splitlines() if line.strip()), "no message")
    return ConversionError(
        f"{saved_model_dir} cannot be converted to ONNX: {first}", hint="use `engine: tensorflow`"
    )
