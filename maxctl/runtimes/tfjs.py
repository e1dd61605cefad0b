"""TensorFlow.js graph models: `model.json` and its shards, read without TensorFlow, turned into a GraphDef.

The files come from strangers: sizes are checked before anything is allocated, and no weights path leaves the
folder of `model.json`.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from maxctl.runtimes.framework import protobuf, tensorflow_module
from maxctl.runtimes.interface import (
    CorruptModelError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    UnsupportedOperatorError,
    checked_shape,
    license_strings,
    unsafe_among,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "tfjs-graph-model"
MAX_JSON_BYTES = 256 * 1024 * 1024
MAX_MODEL_BYTES = 2**31 - 1  # a GraphDef, as every protocol buffer, ends there

# name in weightsManifest -> (number in DataType, bytes of one element)
_DTYPES = {
    "float32": (1, 4), "float16": (19, 2), "int32": (3, 4), "uint16": (17, 2), "int16": (5, 2),
    "uint8": (4, 1), "int8": (6, 1), "bool": (10, 1), "complex64": (8, 8), "string": (7, 0),
}  # fmt: skip
_QUANTIZED_BYTES = {"uint8": 1, "uint16": 2, "float16": 2}
_FLOATING = {"float32", "float16", "complex64"}
_TYPE_NAMES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64",
    9: "int64", 10: "bool", 17: "uint16", 19: "float16",
}  # fmt: skip
_TYPE_NUMBERS = {
    "DT_FLOAT": 1, "DT_DOUBLE": 2, "DT_INT32": 3, "DT_UINT8": 4, "DT_INT16": 5, "DT_INT8": 6, "DT_STRING": 7,
    "DT_COMPLEX64": 8, "DT_INT64": 9, "DT_BOOL": 10, "DT_UINT16": 17, "DT_HALF": 19,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry of weightsManifest."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    stored_as: str | None = None
    """Type of the stored numbers where the weight is quantised."""
    scale: float = 1.0
    minimum: float = 0.0

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def stored_bytes(self) -> int | None:
        """Bytes in the shards; None for strings, which carry their own lengths."""
        if self.dtype == "string":
            return None
        return self.elements * (
            _QUANTIZED_BYTES[self.stored_as] if self.stored_as else _DTYPES[self.dtype][1]
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Weights that follow one another through a row of shards."""

    weights: tuple[Weight, ...]
    shards: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class GraphModel:
    """A model.json, read and checked: the nodes as they stand there, and where each weight lies."""

    path: Path
    nodes: tuple[Mapping[str, Any], ...]
    topology: Mapping[str, Any]
    document: Mapping[str, Any]
    groups: tuple[Group, ...]

    @property
    def weights(self) -> Iterator[Weight]:
        """Every weight, in the order of the shards."""
        return (weight for group in self.groups for weight in group.weights)


def recognise(path: Path) -> bool:
    """Return whether this is the model.json of a graph model, or a folder that holds one."""
    file = path / "model.json" if path.is_dir() else path
    if file.suffix != ".json" or not file.is_file() or file.stat().st_size > MAX_JSON_BYTES:
        return False
    try:
        text = file.read_bytes()
        if b'"modelTopology"' not in text or b'"weightsManifest"' not in text:
            return False
        document = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return False
    topology = document.get("modelTopology") if isinstance(document, dict) else None
    return isinstance(topology, dict) and isinstance(topology.get("node"), list)


def inspect(path: Path) -> ModelDescription:
    """Return what model.json says and what the shards weigh. Nothing is imported, nothing runs."""
    model = read(path)
    operators = Counter(str(node["op"]) for node in model.nodes)
    metadata = {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for key, value in sorted(model.document.items())
        if key in ("format", "generatedBy", "convertedBy", "userDefinedMetadata") and value is not None
    }
    shards = {shard for group in model.groups for shard in group.shards}
    inputs, outputs = _ends(model)
    return ModelDescription(
        format=NAME,
        inputs=inputs,
        outputs=outputs,
        operators=dict(sorted(operators.items())),
        parameters=sum(w.elements for w in model.weights if w.dtype in _FLOATING),
        size_bytes=model.path.stat().st_size + sum(shard.stat().st_size for shard in shards),
        metadata=metadata,
        licenses=license_strings(f"{key}: {value}" for key, value in metadata.items()),
        unsafe_operators=unsafe_among(operators, saver_too=True),
    )


def read(path: Path) -> GraphModel:
    """Return the checked content of a model.json (or of the one in a folder).

    Raises `CorruptModelError` for what is broken or does not add up, `UnsafeModelError` for what is hostile.
    """
    file = path / "model.json" if path.is_dir() else path
    document = _document(file)
    topology = document.get("modelTopology")
    if isinstance(topology, dict) and "node" not in topology and "model_config" in topology:
        raise ModelFormatError(
            f"{file.name} is a TF.js layers model",
            hint="only graph models are converted; export it as a graph model",
        )
    if not isinstance(topology, dict) or not isinstance(topology.get("node"), list):
        raise CorruptModelError(
            f"{file.name} has no modelTopology.node", hint="a TF.js graph model lists its nodes there"
        )
    names: set[str] = set()
    for index, node in enumerate(topology["node"]):
        _check_node(node, index, file.name)
        if node["name"] in names:
            raise CorruptModelError(f"{file.name}: two nodes are named `{node['name']}`")
        names.add(node["name"])
    return GraphModel(file, tuple(topology["node"]), topology, document, _groups(document, file))


def _document(file: Path) -> Mapping[str, Any]:
    try:
        size = file.stat().st_size
        if size > MAX_JSON_BYTES:
            raise UnsafeModelError(f"{file.name} has {size} bytes; more than {MAX_JSON_BYTES} are refused")
        document = json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError as error:
        raise ModelFormatError(
            f"{file} is not there", hint="name the model.json, or the folder that holds it"
        ) from error
    except json.JSONDecodeError as error:
        raise CorruptModelError(
            f"{file.name}:{error.lineno}:{error.colno}: {error.msg}",
            hint="fetch the file again: it is cut or damaged",
        ) from error
    except UnicodeDecodeError as error:
        raise CorruptModelError(f"{file.name} is not UTF-8 text: {error}") from error
    except RecursionError as error:
        raise UnsafeModelError(f"{file.name} is nested too deeply") from error
    if not isinstance(document, dict):
        raise CorruptModelError(f"{file.name} holds no JSON object")
    return document


def _no_constant(name: str) -> float:
    raise CorruptModelError(f"model.json holds {name}, which is not JSON")


def _check_node(node: Any, index: int, file: str) -> None:
    if not isinstance(node, dict) or not all(
        isinstance(node.get(k), str) and node[k] for k in ("name", "op")
    ):
        raise CorruptModelError(f"{file}: node {index} has no name or no op")
    inputs = node.get("input") or []
    if not isinstance(inputs, list) or not all(isinstance(i, str) for i in inputs):
        raise CorruptModelError(f"{file}: the inputs of node `{node['name']}` are not a list of names")
    attributes = node.get("attr") or {}
    if not isinstance(attributes, dict) or not all(isinstance(value, dict) for value in attributes.values()):
        raise CorruptModelError(f"{file}: the attributes of node `{node['name']}` are not a mapping")


def _groups(document: Mapping[str, Any], file: Path) -> tuple[Group, ...]:
    manifest = document.get("weightsManifest")
    if not isinstance(manifest, list):
        raise CorruptModelError(f"{file.name} has no weightsManifest")
    groups, seen = [], set[str]()
    for number, entry in enumerate(manifest, start=1):
        where = f"{file.name}: group {number} of weightsManifest"
        if not isinstance(entry, dict) or not all(
            isinstance(entry.get(k), list) for k in ("paths", "weights")
        ):
            raise CorruptModelError(f"{where} needs `paths` and `weights`")
        weights = tuple(_weight(weight, where) for weight in entry["weights"])
        for weight in weights:
            if weight.name in seen:
                raise CorruptModelError(f"{where}: two weights are named `{weight.name}`")
            seen.add(weight.name)
        group = Group(weights, tuple(_shard(path, file.parent, where) for path in entry["paths"]))
        _check_sizes(group, where)
        groups.append(group)
    total = sum(shard.stat().st_size for group in groups for shard in group.shards)
    if total > MAX_MODEL_BYTES:
        raise UnsafeModelError(f"the shards hold {total} bytes; a graph holds at most {MAX_MODEL_BYTES}")
    return tuple(groups)


def _weight(entry: Any, where: str) -> Weight:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise CorruptModelError(f"{where}: a weight has no name")
    name, dtype = entry["name"], entry.get("dtype")
    if dtype not in _DTYPES:
        raise CorruptModelError(f"{where}: weight `{name}` has the unknown dtype {dtype!r}")
    shape = tuple(
        size for size in checked_shape(entry.get("shape"), f"{where}: weight `{name}`") if size is not None
    )
    quantization = entry.get("quantization")
    if quantization is None:
        return Weight(name, dtype, shape)
    stored_as = quantization.get("dtype") if isinstance(quantization, dict) else None
    if stored_as not in _QUANTIZED_BYTES or dtype not in ("float32", "int32"):
        raise CorruptModelError(f"{where}: weight `{name}` ({dtype}) cannot be quantised as {stored_as!r}")
    scale, minimum = quantization.get("scale", 1.0), quantization.get("min", 0.0)
    if stored_as != "float16" and not {"scale", "min"} <= quantization.keys():
        raise CorruptModelError(f"{where}: weight `{name}` is quantised without scale and min")
    if not all(isinstance(n, int | float) and math.isfinite(n) for n in (scale, minimum)):
        raise CorruptModelError(f"{where}: weight `{name}` has scale {scale!r} and min {minimum!r}")
    return Weight(name, dtype, shape, stored_as, float(scale), float(minimum))


def _shard(path: Any, folder: Path, where: str) -> Path:
    if not isinstance(path, str) or not path:
        raise CorruptModelError(f"{where}: {path!r} is not a path")
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path or "://" in path:
        raise UnsafeModelError(
            f"{where}: the path `{path}` leaves the model's folder", hint="do not use this model"
        )
    shard = folder / pure
    if not shard.resolve().is_relative_to(folder.resolve()):
        raise UnsafeModelError(f"{where}: `{path}` is a link that leaves the model's folder")
    if not shard.is_file():
        raise CorruptModelError(
            f"{where}: the shard `{path}` is not there", hint="fetch it into the folder of model.json"
        )
    return shard


def _check_sizes(group: Group, where: str) -> None:
    needed = sum(weight.stored_bytes or 0 for weight in group.weights)
    sizes = {shard.name: shard.stat().st_size for shard in group.shards}
    held = sum(sizes.values())
    strings = any(weight.stored_bytes is None for weight in group.weights)
    if held < needed or (held > needed and not strings):
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise CorruptModelError(
            f"{where}: the weights need {needed} bytes, the shards hold {held} ({listed or 'none'})",
            hint="fetch the shards again, all from the same place as model.json",
        )


def weights(model: GraphModel) -> dict[str, NDArray[Any]]:
    """Return name -> array, dequantised, in the declared shape and dtype (strings as objects of bytes)."""
    import numpy as np

    arrays: dict[str, NDArray[Any]] = {}
    for group in model.groups:
        data = b"".join(shard.read_bytes() for shard in group.shards)
        offset = 0
        for weight in group.weights:
            if weight.stored_bytes is None:
                arrays[weight.name], offset = _strings(weight, data, offset)
                continue
            stored = np.dtype("bool" if weight.dtype == "bool" else weight.stored_as or weight.dtype)
            flat = np.frombuffer(data, stored.newbyteorder("<"), weight.elements, offset)
            offset += weight.stored_bytes
            arrays[weight.name] = _dequantized(flat, weight).reshape(weight.shape)
        if offset != len(data):
            raise CorruptModelError(
                f"{len(data) - offset} bytes are left over after the last weight of a group"
            )
    return arrays


def _dequantized(flat: NDArray[Any], weight: Weight) -> NDArray[Any]:
    import numpy as np

    if weight.stored_as is None:
        return flat
    if weight.stored_as == "float16":
        return flat.astype(np.float32) if weight.dtype == "float32" else np.rint(flat).astype(np.int32)
    if weight.dtype == "float32":
        # in float32, as TF.js computes it
        return flat.astype(np.float32) * np.float32(weight.scale) + np.float32(weight.minimum)
    return np.rint(flat.astype(np.float64) * weight.scale + weight.minimum).astype(np.int32)


def _strings(weight: Weight, data: bytes, offset: int) -> tuple[NDArray[Any], int]:
    import numpy as np

    texts: list[bytes] = []
    if weight.elements * 4 > len(data) - offset:
        raise CorruptModelError(
            f"weight `{weight.name}`: {weight.elements} strings do not fit into the shards"
        )
    for _ in range(weight.elements):
        if offset + 4 > len(data):
            raise CorruptModelError(f"weight `{weight.name}` runs over the end of the shards")
        (length,) = struct.unpack_from("<I", data, offset)
        if offset + 4 + length > len(data):
            raise CorruptModelError(f"weight `{weight.name}` runs over the end of the shards")
        texts.append(data[offset + 4 : offset + 4 + length])
        offset += 4 + length
    return np.array(texts, dtype=object).reshape(weight.shape), offset


def graph_def(model_json: Path) -> Any:
    """Return the model as a TensorFlow `GraphDef`: weights in place as `Const`, TF.js's own operators split.

    Names and control inputs stay as they are, so tensors are found under their original names. Imports
    TensorFlow: for the worker only. Raises `ModelFormatError`.
    """
    model = read(model_json)
    arrays = weights(model)
    graph = tensorflow_module("core.framework.graph_pb2").GraphDef()
    node_def = tensorflow_module("core.framework.node_def_pb2").NodeDef
    for described in model.nodes:
        node = _node(described, node_def())
        if node.op == "Const":
            _fill(node, arrays.get(node.name))
        if node.op in _SPLIT:
            graph.node.extend(_split(node))
        else:
            graph.node.append(node)
    _parse(_bytes_for_functions(model.topology.get("library") or {}), graph.library, "the function library")
    _parse(model.topology.get("versions") or {}, graph.versions, "versions")
    return graph


def _parse(content: Any, message: Any, owner: str) -> Any:
    json_format = protobuf("json_format")
    try:
        return json_format.ParseDict(content, message)
    except (json_format.ParseError, ValueError, TypeError, RecursionError) as error:
        raise CorruptModelError(f"{owner} cannot be read: {error}") from error


def _node(described: Mapping[str, Any], node: Any) -> Any:
    owner = f"node `{described['name']}` ({described['op']})"
    content = {key: value for key, value in described.items() if key != "attr" and value is not None}
    content["attr"] = {
        name: _bytes_in(value, owner) for name, value in sorted((described.get("attr") or {}).items())
    }
    _parse(content, node, owner)
    node.device = ""  # where it was trained
    return node


def _bytes_in(attribute: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return the attribute with lists of character codes as base64: so protobuf's JSON spells bytes."""
    content = dict(attribute)
    if isinstance(content.get("s"), list):
        content["s"] = _codes(content["s"], owner)
    if isinstance(content.get("list"), dict) and isinstance(content["list"].get("s"), list):
        texts = [_codes(text, owner) if isinstance(text, list) else text for text in content["list"]["s"]]
        content["list"] = {**content["list"], "s": texts}
    if isinstance(content.get("tensor"), dict) and isinstance(content["tensor"].get("stringVal"), list):
        texts = [
            _codes(text, owner) if isinstance(text, list) else text for text in content["tensor"]["stringVal"]
        ]
        content["tensor"] = {**content["tensor"], "stringVal": texts}
    return content


def _codes(codes: list[Any], owner: str) -> str:
    try:
        return base64.b64encode(bytes(codes)).decode("ascii")
    except (TypeError, ValueError) as error:
        raise CorruptModelError(f"{owner}: {codes[:20]!r} are not character codes") from error


def _bytes_for_functions(library: Any) -> Any:
    """Return the function library with the attributes of every node as protobuf's JSON spells them."""
    if not isinstance(library, dict) or not isinstance(library.get("function"), list):
        return library
    functions = []
    for function in library["function"]:
        if isinstance(function, dict) and isinstance(function.get("nodeDef"), list):
            nodes = []
            for index, node in enumerate(function["nodeDef"]):
                _check_node(node, index, "the function library")
                attributes = {k: _bytes_in(v, node["name"]) for k, v in (node.get("attr") or {}).items()}
                nodes.append({**node, "attr": attributes})
            function = {**function, "nodeDef": nodes}
        functions.append(function)
    return {**library, "function": functions}


def _fill(node: Any, array: NDArray[Any] | None) -> None:
    """Put the weight into its `Const`; what has no weight must carry its own value."""
    import numpy as np

    tensor = node.attr["value"].tensor
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    owner = f"Const `{node.name}`"
    if array is None:
        size = math.prod(checked_shape(shape, owner)) if shape else 1  # type: ignore[arg-type]
        carried = {field.name for field, _ in tensor.ListFields()} - {
            "dtype",
            "tensor_shape",
            "version_number",
        }
        if size and not carried:
            raise CorruptModelError(
                f"{owner} has neither a weight nor a value", hint="fetch the whole model again"
            )
        if size * 16 > MAX_MODEL_BYTES:
            raise UnsafeModelError(f"{owner}: a value of {size} elements is refused")
        return
    if shape and tuple(shape) != array.shape:
        raise CorruptModelError(f"{owner} has the shape {shape}, its weight {list(array.shape)}")
    dtype = node.attr["dtype"].type or tensor.dtype
    tensor_util = tensorflow_module("python.framework.tensor_util")
    dtypes = tensorflow_module("python.framework.dtypes")
    wanted = dtypes.as_dtype(dtype) if dtype else dtypes.as_dtype(array.dtype)
    held = (
        dtypes.string if array.dtype == np.dtype(object) else dtypes.as_dtype(array.dtype.newbyteorder("="))
    )
    if wanted != held:
        # TF.js has no int64 and no float64: its weights are narrower than the node that they belong to
        if (held.name, wanted.name) not in {
            ("int32", "int64"),
            ("float32", "float64"),
            ("float32", "float16"),
        }:
            raise CorruptModelError(f"{owner} is {wanted.name}, its weight {held.name}")
        array = array.astype(wanted.as_numpy_dtype)
    if held == dtypes.string:
        proto = tensor_util.make_tensor_proto(array, dtype=wanted, shape=array.shape)
    else:
        proto = tensor_util.make_tensor_proto(np.ascontiguousarray(array).reshape(array.shape), dtype=wanted)
    node.attr["value"].tensor.CopyFrom(proto)
    node.attr["dtype"].type = wanted.as_datatype_enum


# TF.js fuses what TensorFlow's kernels, LiteRT's converter or both do not know as one operator.
_SPLIT = {
    "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative",
    "_FusedConv2D": "Conv2D",
    "_FusedMatMul": "MatMul",
    "Prelu": "",
}
_ACTIVATIONS = ("Relu", "Relu6", "Elu", "Tanh", "Sigmoid", "LeakyRelu")


def _split(fused: Any) -> list[Any]:
    """Return the plain nodes that compute the fused one; the last bears its name."""
    node_def_pb2 = tensorflow_module("core.framework.node_def_pb2")
    op_def_registry = tensorflow_module("python.framework.op_def_registry")
    data = [name for name in fused.input if not name.startswith("^")]
    control = [name for name in fused.input if name.startswith("^")]
    owner = f"node `{fused.name}` ({fused.op})"
    nodes: list[Any] = []

    def add(op: str, inputs: list[str], suffix: str, copied: tuple[str, ...] = ("T",)) -> str:
        node = node_def_pb2.NodeDef(name=f"{fused.name}/{suffix}", op=op, input=inputs)
        for key in copied:
            if key in fused.attr:
                node.attr[key].CopyFrom(fused.attr[key])
        nodes.append(node)
        return str(node.name)

    def take(count: int) -> list[str]:
        if len(data) < count:
            raise CorruptModelError(f"{owner} has too few inputs")
        taken = data[:count]
        del data[:count]
        return taken

    def prelu(x: str) -> str:
        (alpha,) = take(1)
        positive = add("Relu", [x], "positive")
        negative = add("Neg", [add("Relu", [add("Neg", [x], "flipped")], "negative")], "below")
        return add("AddV2", [positive, add("Mul", [alpha, negative], "slope")], "Prelu")

    if fused.op == "Prelu":
        prelu(*take(1))
    else:
        base = _SPLIT[fused.op]
        allowed = tuple(attribute.name for attribute in op_def_registry.get(base).attr)
        last = add(base, take(2), base, allowed)
        for op in (text.decode("utf-8", "replace") for text in fused.attr["fused_ops"].list.s):
            if op == "BiasAdd":
                copied = ("T",) if fused.op == "_FusedMatMul" else ("T", "data_format")
                last = add(op, [last, *take(1)], op, copied)
            elif op == "FusedBatchNorm":
                last = add(op, [last, *take(4)], op, ("T", "data_format", "epsilon"))
                nodes[-1].attr["is_training"].b = False
            elif op == "Prelu":
                last = prelu(last)
            elif op in _ACTIVATIONS:
                last = add(op, [last], op)
                if op == "LeakyRelu":
                    nodes[-1].attr["alpha"].f = fused.attr["leakyrelu_alpha"].f or 0.2
            else:
                raise UnsupportedOperatorError(f"{owner} fuses `{op}`, which maxctl cannot split")
    nodes[0].input.extend(control)
    nodes[-1].name = fused.name
    return nodes


def _ends(model: GraphModel) -> tuple[tuple[TensorDescription, ...], tuple[TensorDescription, ...]]:
    """Return inputs and outputs: from the signature if there is one, else placeholders and unread nodes."""
    signature = model.document.get("signature")
    if isinstance(signature, dict) and isinstance(signature.get("outputs"), dict) and signature["outputs"]:
        return _signed(signature.get("inputs")), _signed(signature["outputs"])
    read_by_others = {
        name.lstrip("^").split(":")[0] for node in model.nodes for name in node.get("input") or []
    }
    inputs = [node for node in model.nodes if node["op"] in ("Placeholder", "PlaceholderV2")]
    outputs = [
        node
        for node in model.nodes
        if node["name"] not in read_by_others and node["op"] not in ("Const", "NoOp", "Placeholder", "Assert")
    ]
    return tuple(map(_end, inputs)), tuple(map(_end, outputs))


def _signed(tensors: Any) -> tuple[TensorDescription, ...]:
    described = []
    for key, info in sorted(tensors.items()) if isinstance(tensors, dict) else ():
        info = info if isinstance(info, dict) else {}
        described.append(
            TensorDescription(
                str(info.get("name", key)), _type_name(info.get("dtype")), _shape(info.get("tensorShape"))
            )
        )
    return tuple(described)


def _end(node: Mapping[str, Any]) -> TensorDescription:
    attributes = node.get("attr") or {}
    key = next((k for k in ("dtype", "DstT", "out_type", "output_type", "T") if k in attributes), None)
    dtype = _type_name(attributes[key].get("type")) if key else None
    shape = attributes.get("shape", {}).get("shape")
    return TensorDescription(f"{node['name']}:0", dtype, _shape(shape))


def _type_name(dtype: Any) -> str | None:
    return _TYPE_NAMES.get(_TYPE_NUMBERS.get(dtype, 0) if isinstance(dtype, str) else dtype)


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if not isinstance(shape, dict) or shape.get("unknownRank") or not isinstance(shape.get("dim", []), list):
        return None
    try:
        sizes = [int(dim.get("size", 0)) for dim in shape.get("dim", [])]
    except (AttributeError, TypeError, ValueError):
        return None
    return tuple(None if size < 0 else size for size in sizes)
