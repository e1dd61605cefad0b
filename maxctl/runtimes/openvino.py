"""OpenVINO's intermediate representation: inspect `model.xml` and `model.bin`, and convert other formats into it.

`inspect` needs no package. Names of types and attributes are those of IR versions 10 and 11.
"""

from __future__ import annotations

import importlib
import math
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maxctl.runtimes.interface import (
    ConversionError,
    CorruptModelError,
    FrameworkMissingError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsupportedOperatorError,
    checked_shape,
    license_strings,
)
from maxctl.runtimes.metadata import formats
from maxctl.runtimes.metadata import openvino as notes
from maxctl.runtimes.metadata.source import DamagedError, Found, Source

NAME = "openvino"
XML, BIN = "model.xml", "model.bin"
_PIECE = 64 * 1024
_LONGEST_NUMBER = 30
_LAYER = ("net", "layers", "layer")
_EDGE = ("net", "edges", "edge")

# element_type of a layer's data, and precision of a port: name as NumPy or ml_dtypes has it, bits of an element
_TYPES = {
    "f32": ("float32", 32), "f16": ("float16", 16), "f64": ("float64", 64), "bf16": ("bfloat16", 16),
    "i8": ("int8", 8), "i16": ("int16", 16), "i32": ("int32", 32), "i64": ("int64", 64), "i4": ("int4", 4),
    "u8": ("uint8", 8), "u16": ("uint16", 16), "u32": ("uint32", 32), "u64": ("uint64", 64), "u4": ("uint4", 4),
    "u1": ("uint1", 1), "u2": ("uint2", 2), "boolean": ("bool", 8), "string": ("string", 0),
    "nf4": ("nf4", 4), "f4e2m1": ("float4_e2m1fn", 4), "f8e4m3": ("float8_e4m3fn", 8),
    "f8e5m2": ("float8_e5m2", 8), "f8e8m0": ("float8_e8m0fnu", 8),
}  # fmt: skip
_INTEGERS_ALONE = {"i16", "i32", "i64", "u16", "u32", "u64", "boolean", "string", "u1", "u2"}
_OPSET = re.compile(r"opset\d+|")


def recognise(path: Path) -> bool:
    """Return whether this is the `.xml` of an IR, or a folder with just one."""
    file = _only_xml(path) if path.is_dir() else path
    return file is not None and _is_net(file)


def _only_xml(folder: Path) -> Path | None:
    found = sorted(folder.glob("*.xml"))
    return found[0] if len(found) == 1 else None


def _is_net(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        format_ = formats.recognise(Source(opened), file.name)
    return format_ is not None and format_.name == "OpenVINO IR"


def inspect(path: Path) -> ModelDescription:
    """Return what the XML says of the net, checked against the size of the weights' file; nothing is loaded.

    A dimension is None where the file leaves it open, though OpenVINO may find its size when it compiles.
    Operators of no standard set stand in `custom_operators` of the metadata. Raises `ModelFormatError`.
    """
    file = _only_xml(path) if path.is_dir() else path
    if file is None or not file.is_file():
        raise ModelFormatError(f"{path} has no IR", hint="name a .xml file, or a folder with one")
    if not _is_net(file):
        raise CorruptModelError(f"{file.name} is no OpenVINO IR: it does not begin with a net")
    found = Found()
    with file.open("rb") as opened:
        source = Source(opened)
        reader = _Reader(source, found)
        try:
            if source.size > notes._MOST_BYTES:
                raise DamagedError(f"more than {notes._MOST_BYTES // 1024**2} MiB of XML are not read")
            for place in range(0, source.size, _PIECE):
                reader.feed(source.at(place, min(_PIECE, source.size - place)), place + _PIECE >= source.size)
        except DamagedError as error:
            raise CorruptModelError(f"{file.name} is damaged: {error}", hint="fetch it again") from error
    weights = file.with_suffix(".bin")
    _check_weights(weights, reader.net.weights_end)
    return _described(file, weights, reader.net, found)


def _check_weights(weights: Path, needed: int) -> None:
    if needed and not weights.is_file():
        raise CorruptModelError(f"the weights {weights.name} are not there", hint="put them beside the .xml")
    if needed > (size := weights.stat().st_size if needed else 0):
        raise CorruptModelError(
            f"{weights.name} has {size} bytes, and the .xml names {needed}", hint="fetch both again"
        )


def _described(file: Path, weights: Path, net: _Net, found: Found) -> ModelDescription:
    metadata = {key: value[:500] for key, value in found.entries}
    metadata["version"] = net.version
    metadata["custom_operators"] = ", ".join(sorted(net.custom))
    files = [file, *([weights] if weights.is_file() else [])]
    return ModelDescription(
        format=NAME,
        inputs=tuple(net.inputs()),
        outputs=tuple(net.outputs()),
        operators={name: net.operators[name] for name in sorted(net.operators)},
        parameters=net.parameters,
        size_bytes=sum(one.stat().st_size for one in files),
        metadata={key: value for key, value in sorted(metadata.items()) if value},
        licenses=license_strings(value for _, value in found.entries),
    )


@dataclass(slots=True)
class _Port:
    """An output port, or the input port of a Result."""

    dtype: str | None
    names: tuple[str, ...]
    dims: list[int | None] = field(default_factory=list)


@dataclass(slots=True)
class _Layer:
    name: str
    type: str
    data: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    ports: dict[str, _Port] = field(default_factory=dict)


@dataclass(slots=True)
class _Net:
    """What is kept of the XML: layers of the outermost graph, and counts over all."""

    version: str = ""
    layers: dict[str, _Layer] = field(default_factory=dict)
    feeds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Layer -> layer and port that its (last) input comes from."""
    operators: Counter[str] = field(default_factory=Counter)
    custom: set[str] = field(default_factory=set)
    parameters: int = 0
    weights_end: int = 0

    def inputs(self) -> list[TensorDescription]:
        """Return the parameters of the net, in the order of their layers."""
        return [
            TensorDescription(
                _best(next(iter(layer.ports.values())).names if layer.ports else ()) or layer.name,
                _TYPES.get(layer.data.get("element_type", ""), (None, 0))[0],
                _shape(layer.data.get("shape", ""), layer.name),
            )
            for layer in self.layers.values()
            if layer.type == "Parameter"
        ]

    def outputs(self) -> list[TensorDescription]:
        """Return the results of the net, named as the tensors that they hold."""
        found = []
        for key, layer in self.layers.items():
            if layer.type != "Result":
                continue
            held = next(iter(layer.ports.values()), _Port(None, ()))
            producer, port = self.feeds.get(key, ("", ""))
            source = self.layers.get(producer)
            made = source.ports.get(port) if source else None
            names = layer.names or (made.names if made else ())
            dtype = held.dtype or (made.dtype if made else None)
            dims = checked_shape(held.dims, f"`{layer.name[:200]}`", open_too=True)
            fallback = source.name if source else layer.name
            found.append(TensorDescription(_best(names) or fallback, dtype, dims))
        return found


class _Reader(notes._Reader):
    """Follows the XML once: for the texts of the metadata, and for the net."""

    def __init__(self, source: Source, found: Found) -> None:
        super().__init__(source, found)
        self.net = _Net()
        self._layer: _Layer | None = None
        self._port: _Port | None = None
        self._dim: str | None = None
        self._type = ""
        self._counted: set[tuple[int, int]] = set()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        super()._start(name, attributes)
        path = tuple(self._path)
        if path == ("net",):
            self.net.version = attributes.get("version", "")
        elif path == _EDGE:
            source = attributes.get("from-layer", ""), attributes.get("from-port", "")
            self.net.feeds[attributes.get("to-layer", "")] = source
        elif name == "layer":
            self._begin_layer(path, attributes)
        elif name == "data" and path[-2:-1] == ("layer",):
            self._data(path, attributes)
        elif path[:3] == _LAYER and name == "port" and len(path) == 5 and self._layer is not None:
            if path[3] == "output" or self._layer.type == "Result":
                precision, names = (attributes.get(key, "") for key in ("precision", "names"))
                self._port = _Port(_PRECISIONS.get(precision), _names(names))
                self._layer.ports[attributes.get("id", "")] = self._port
        elif path[:3] == _LAYER and name == "dim" and len(path) == 6:
            self._dim = ""

    def _characters(self, text: str) -> None:
        super()._characters(text)
        if self._dim is not None and len(self._dim) < _LONGEST_NUMBER:
            self._dim += text

    def _finish(self, name: str) -> None:
        if self._dim is not None:
            size = _number(self._dim.strip()[:_LONGEST_NUMBER], "a dimension")
            if self._port is not None:
                self._port.dims.append(None if size < 0 else size)
            self._dim = None
        elif name == "port" and len(self._path) == 5:
            self._port = None
        super()._finish(name)

    def _begin_layer(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "")
        if not kind:
            raise CorruptModelError("a layer of the net has no type", hint="fetch it again")
        self._type = kind
        self.net.operators[kind] += 1
        if not _OPSET.fullmatch(attributes.get("version", "")):
            self.net.custom.add(f"{kind} ({attributes['version'][:100]})")
        if path == _LAYER:
            self._layer = _Layer(
                attributes.get("name", ""), kind, names=_names(attributes.get("output_names", ""))
            )
            self.net.layers[attributes.get("id", "")] = self._layer

    def _data(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        if self._type == "Const":
            self._constant(attributes)
        elif self._layer is not None and path[:-1] == _LAYER and self._type == "Parameter":
            self._layer.data = {key: attributes.get(key, "") for key in ("element_type", "shape")}

    def _constant(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("element_type", "")
        shape = _shape(attributes.get("shape", ""), "a constant")
        start, count = (
            _number(attributes.get(key, "0"), f"the {key} of a constant") for key in ("offset", "size")
        )
        if start < 0 or count < 0 or shape is None or None in shape:
            raise CorruptModelError("the net has a constant without a size", hint="fetch it again")
        elements = math.prod(size or 0 for size in shape)
        bits = _TYPES.get(kind, ("", 0))[1]
        # what has no elements takes a byte, since two constants never begin at the same place
        if bits and count != (elements * bits + 7) // 8 and (elements, count) != (0, 1):
            raise CorruptModelError(f"the net has a constant of {kind} {list(shape)} in {count} bytes")
        self.net.weights_end = max(self.net.weights_end, start + count)
        # equal constants are written once, and named again and again
        if kind not in _INTEGERS_ALONE and (start, count) not in self._counted:
            self._counted.add((start, count))
            self.net.parameters += elements


def _number(text: str, owner: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise CorruptModelError(f"{owner} is {text[:50]!r}", hint="fetch it again")
    return int(text)


def _shape(text: str, owner: str) -> tuple[int | None, ...] | None:
    """Return a shape such as `1,?,3`, `1..8,3`, or the empty one of a scalar; None for `...`, of any rank."""
    text = text.strip().strip("[]")
    if text == "...":
        return None
    sizes = [size.strip() for size in text.split(",")] if text else []
    open_ = (None if size in ("?", "-1") or ".." in size else _number(size, owner[:200]) for size in sizes)
    return checked_shape(list(open_), owner[:200], open_too=True)


def _names(text: str) -> tuple[str, ...]:
    """Return the names of a tensor; a comma within one is written `\\,`."""
    return tuple(name.replace("\\,", ",") for name in re.split(r"(?<!\\),", text) if name)


def _best(names: tuple[str, ...]) -> str | None:
    """Return the name that the engine calls the tensor by: the shortest, the first of them by alphabet."""
    return min(names, key=lambda name: (len(name), name), default=None)


_PRECISIONS = {
    {"boolean": "BOOL"}.get(kind, re.sub(r"^f(?=\d)", "fp", kind).upper()): name
    for kind, (name, _) in _TYPES.items()
}


def convert(model: Path, out_dir: Path) -> ModelDescription:
    """Convert a SavedModel, ONNX or LiteRT model to `model.xml` and `model.bin` in a folder, and describe it.

    float32 stays float32. Inputs and outputs keep the names of the model's signature. `out_dir` must not exist,
    or be empty. Imports OpenVINO. Raises `ModelFormatError`.
    """
    from maxctl.runtimes import format_named, known
    from maxctl.serving.engines.openvino import best_name, runtime

    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise ModelFormatError(f"{out_dir} is not empty", hint="name a new folder, or remove this one")
    name = known(model)
    wanted = format_named(name).inspect(model)
    try:
        openvino = runtime()
    except ImportError as error:
        raise FrameworkMissingError(
            f"OpenVINO cannot be imported: {error}", hint="pip install 'maxctl[openvino]'"
        ) from error
    partial = out_dir.with_name(f".{out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        read = openvino.Core().read_model(str(model))
        renamed = _signature_names(model) if name == "litert" else {}
        for port in [*read.inputs, *read.outputs]:
            kept = best_name(port.names)
            if kept is not None:
                port.get_tensor().set_names({renamed.get(kept, kept)})
        openvino.save_model(read, str(partial / XML), compress_to_fp16=False)
    except Exception as error:  # RuntimeError, and what the frontends' readers raise
        shutil.rmtree(partial)
        raise _why(model, str(error)) from error
    if out_dir.exists():
        out_dir.rmdir()
    partial.rename(out_dir)
    description = inspect(out_dir)
    for side in ("inputs", "outputs"):
        before, after = ({tensor.name for tensor in getattr(one, side)} for one in (wanted, description))
        if before != after:
            shutil.rmtree(out_dir)
            raise ConversionError(
                f"OpenVINO renames the {side} {', '.join(sorted(before))} to {', '.join(sorted(after))}",
                hint="use another engine",
            )
    return description


def _signature_names(model: Path) -> dict[str, str]:
    """Return tensor -> name in the signature of a LiteRT model, which OpenVINO does not read."""
    from maxctl.runtimes import litert

    schema: Any = importlib.import_module("ai_edge_litert.schema_py_generated")
    root = schema.Model.GetRootAs(model.read_bytes(), 0)
    signatures = [root.SignatureDefs(i) for i in range(root.SignatureDefsLength())]
    default = [one for one in signatures if one.SignatureKey() == litert.SIGNATURE.encode()]
    names: dict[str, str] = {}
    for signature in (default or signatures)[:1]:
        graph = root.Subgraphs(signature.SubgraphIndex())
        entries = [signature.Inputs(i) for i in range(signature.InputsLength())]
        entries += [signature.Outputs(i) for i in range(signature.OutputsLength())]
        names |= {graph.Tensors(one.TensorIndex()).Name().decode(): one.Name().decode() for one in entries}
    return names


def _why(model: Path, message: str) -> ModelFormatError:
    """Return the complaint as one line; OpenVINO puts places in its sources before it."""
    if failed := re.search(r"Conversion is failed for: *([^\n]+)", message):
        return UnsupportedOperatorError(
            f"OpenVINO cannot convert the operators {failed.group(1).strip()}", hint="use another engine"
        )
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return ConversionError(
        f"{model} cannot be converted to OpenVINO: {(told or lines or ['no message'])[-1]}",
        hint="use another engine",
    )
