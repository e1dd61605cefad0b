"""OpenVINO: an IR (`model.xml` and `model.bin`, or a folder with one), computed on the CPU in float32."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self

import numpy as np

from .interface import Array, Engine, EngineError, Signature, TensorSpec

_building = Lock()  # two threads that compile models at once may hang
# names of OpenVINO -> of NumPy or ml_dtypes, where they differ
_DTYPES = {
    "boolean": "bool", "f16": "float16", "f32": "float32", "f64": "float64", "bf16": "bfloat16",
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
}  # fmt: skip


def runtime() -> Any:
    """Return the module `openvino`, imported without its reporting to the maker over the network.

    Importing it the ordinary way sends an event each time, and so does its converter; without the package
    `openvino_telemetry`, it sends nothing. Nobody else's import of it is affected.
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    hidden = [name for name in ("openvino_telemetry", "openvino.tools.ovc") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: an import of it fails
    try:
        import openvino  # type: ignore[import-untyped,import-not-found,unused-ignore]
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
    return openvino


class OpenVINOEngine(Engine):
    """A compiled model with one request and one stream, so that its threads serve one call at a time."""

    name: ClassVar[str] = "openvino"

    def __init__(self, openvino: Any, model: Any, compiled: Any) -> None:
        self._tensor = openvino.Tensor
        self._request = compiled.create_infer_request()
        # compiling finds sizes that the file leaves open, and loses the names of nodes
        self._inputs = dict(zip(map(tensor_name, model.inputs), compiled.inputs, strict=True))
        self._outputs = dict(zip(map(tensor_name, model.outputs), compiled.outputs, strict=True))
        self._signature = Signature(_specs(self._inputs), _specs(self._outputs))
        self._held: list[Any] = []

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Return the compiled model with `threads` threads; the numbers are those of float32 on every CPU."""
        openvino = runtime()
        file = xml_file(path)
        settings = {
            # the default is bfloat16 on CPUs that have it, which moves scores by hundredths
            "INFERENCE_PRECISION_HINT": "f32",
            "EXECUTION_MODE_HINT": "ACCURACY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            # engines pinned to CPUs would all be pinned to the same ones
            "ENABLE_CPU_PINNING": False,
            "CACHE_DIR": "",
        }
        try:
            with _building:
                core = openvino.Core()
                model = core.read_model(str(file))
                return cls(openvino, model, core.compile_model(model, "CPU", settings))
        except RuntimeError as error:
            raise EngineError(f"{file}: OpenVINO cannot load it ({_why(str(error))})") from error

    @classmethod
    def version(cls) -> str:
        """Return the version of openvino."""
        return version("openvino")

    @property
    def signature(self) -> Signature:
        """Return the names, types and shapes of inputs and outputs."""
        return self._signature

    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs as arrays of the caller's own; ValueError where an input does not fit the model."""
        if inputs.keys() != self._inputs.keys():
            raise ValueError(f"the model takes {', '.join(self._inputs)}, not {', '.join(inputs)}")
        # the request reads the arrays where they are, so they have to outlive it
        self._held = [np.require(value, requirements=["C", "W"]) for value in inputs.values()]
        try:
            for name, value in zip(inputs, self._held, strict=True):
                self._request.set_tensor(self._inputs[name], self._tensor(value, shared_memory=True))
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(f"OpenVINO refuses the inputs: {_why(str(error))}") from error
        self._request.infer()
        return {name: self._request.get_tensor(port).data.copy() for name, port in self._outputs.items()}


def xml_file(path: Path) -> Path:
    """Return the `.xml` of an IR: the file itself, or the only one in the folder. Raises `EngineError`."""
    if not path.is_dir():
        if not path.is_file():
            raise EngineError(f"{path}: no such file")
        return path
    found = sorted(path.glob("*.xml"))
    if len(found) != 1:
        raise EngineError(f"{path}: needs one .xml file, and has {len(found)}")
    return found[0]


def tensor_name(port: Any) -> str:
    """Return what an input or output is called: a tensor may have several names, or none but its node's."""
    node = port.get_node()
    if not port.names and node.get_type_name() == "Result":
        node = node.input_value(0).get_node()
    return best_name(port.names) or str(node.get_friendly_name())


def best_name(names: Iterable[str]) -> str | None:
    """Return the shortest name, the first of them by alphabet: `image` rather than `image:0`."""
    return min(names, key=lambda name: (len(name), name), default=None)


def _why(message: str) -> str:
    """Return the last line that says something: those before it name places in OpenVINO's sources."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if not line.startswith("Exception from")), "no message")


def _specs(ports: Mapping[str, Any]) -> dict[str, TensorSpec]:
    specs = {}
    for name, port in ports.items():
        element = port.get_element_type().get_type_name()
        shape = port.get_partial_shape()
        sizes = () if shape.rank.is_dynamic else tuple(_size(dimension) for dimension in shape)
        specs[name] = TensorSpec(_DTYPES.get(element, element), sizes)
    return specs


def _size(dimension: Any) -> int | None:
    return int(dimension.get_length()) if dimension.is_static else None
