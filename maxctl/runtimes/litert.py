"""LiteRT (TensorFlow Lite) flatbuffers: inspect one from its schema, and convert a SavedModel into one."""

from __future__ import annotations

import importlib
import os
import re
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxctl.runtimes.framework import tensorflow, tensorflow_module
from maxctl.runtimes.interface import (
    ConversionError,
    CorruptModelError,
    FrameworkMissingError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    UnsupportedOperatorError,
    license_strings,
    unsafe_among,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "litert"
SIGNATURE = "serving_default"
MAX_BYTES = 2**31 - 1
_IDENTIFIER = b"TFL3"  # bytes 4..8 of the file
_PARAMETERS = {"FLOAT32", "FLOAT16", "FLOAT64", "BFLOAT16", "COMPLEX64", "INT8", "UINT8", "INT4", "INT2"}


def recognise(path: Path) -> bool:
    """Return whether the file bears the identifier of a TensorFlow Lite flatbuffer."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(8)[4:] == _IDENTIFIER


def _schema() -> Any:
    try:
        return importlib.import_module("ai_edge_litert.schema_py_generated")
    except ImportError:
        pass
    try:
        return tensorflow_module("lite.python.schema_py_generated")
    except ModelFormatError as error:
        raise FrameworkMissingError(
            "neither ai_edge_litert nor TensorFlow is installed", hint="pip install 'maxctl[engines]'"
        ) from error


def inspect(path: Path) -> ModelDescription:
    """Return what the flatbuffer says. No interpreter is made. Needs ai_edge_litert (0.1 s) or TensorFlow."""
    if not path.is_file():
        raise ModelFormatError(f"{path} is not there", hint="name a .tflite file")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UnsafeModelError(f"{path.name} has {size} bytes; a flatbuffer ends at {MAX_BYTES}")
    if not recognise(path):
        raise CorruptModelError(f"{path.name} is no LiteRT model: it lacks the identifier TFL3")
    data = path.read_bytes()
    with _damage(path):
        return _Reader(_schema(), data).describe()


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turn what the flatbuffer library raises on a damaged file into an error with a name."""
    try:
        yield
    except ModelFormatError:
        raise
    except Exception as error:  # struct.error, IndexError, TypeError, numpy's ValueError …
        raise CorruptModelError(
            f"{path.name} is damaged: {type(error).__name__}: {error}", hint="fetch it again"
        ) from error


class _Reader:
    """Walks through one flatbuffer, and refuses counts that the file is too short for."""

    def __init__(self, schema: Any, data: bytes) -> None:
        self.schema = schema
        self.size = len(data)
        self.model = schema.Model.GetRootAs(data, 0)
        self.types = {number: name for name, number in vars(schema.TensorType).items() if name.isupper()}
        self.builtins = {
            number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()
        }
        self.walked = 0

    def each(self, count: int, get: Callable[[int], Any]) -> list[Any]:
        # elements take bytes, but vectors may share them: so the walk as a whole is bounded
        self.walked += count
        if count < 0 or self.walked > 4 * self.size:
            raise CorruptModelError("the file claims more entries than it has bytes")
        return [get(i) for i in range(count)]

    def describe(self) -> ModelDescription:
        model = self.model
        graphs = self.each(model.SubgraphsLength(), model.Subgraphs)
        if not graphs:
            raise CorruptModelError("the file holds no graph")
        codes = self.each(model.OperatorCodesLength(), model.OperatorCodes)
        operators: Counter[str] = Counter()
        parameters = 0
        for graph in graphs:
            for operator in self.each(graph.OperatorsLength(), graph.Operators):
                operators[self.operator(codes[operator.OpcodeIndex()])] += 1
            for tensor in self.each(graph.TensorsLength(), graph.Tensors):
                parameters += self.parameters(tensor)
        inputs, outputs = self.ends(graphs)
        metadata, texts = self.metadata()
        flex = [name.removeprefix("Flex") for name in operators if name.startswith("Flex")]
        return ModelDescription(
            format=NAME,
            inputs=inputs,
            outputs=outputs,
            operators=dict(sorted(operators.items())),
            parameters=parameters,
            size_bytes=self.size,
            metadata=metadata,
            licenses=license_strings(texts),
            unsafe_operators=unsafe_among(flex, saver_too=True),
        )

    def operator(self, code: Any) -> str:
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if number == self.schema.BuiltinOperator.CUSTOM:
            return _text(code.CustomCode())
        return str(self.builtins.get(number, f"BUILTIN_{number}"))

    def parameters(self, tensor: Any) -> int:
        index = tensor.Buffer()
        if not 0 <= index < self.model.BuffersLength():
            raise CorruptModelError(f"tensor `{_text(tensor.Name())}` names a buffer that is not there")
        buffer = self.model.Buffers(index)
        name = self.types.get(tensor.Type(), "")
        if buffer is None or (buffer.DataLength() == 0 and buffer.Size() == 0) or name not in _PARAMETERS:
            return 0
        quantization = tensor.Quantization()
        if name not in ("FLOAT32", "FLOAT16", "FLOAT64", "BFLOAT16", "COMPLEX64") and (
            quantization is None or quantization.ScaleLength() == 0
        ):
            return 0
        elements = 1
        for size in self.each(tensor.ShapeLength(), tensor.Shape):
            elements *= max(int(size), 0)
        return elements

    def tensor(self, graph: Any, index: int, name: str | None) -> TensorDescription:
        if not 0 <= index < graph.TensorsLength():
            raise CorruptModelError(f"tensor {index} is not there")
        tensor = graph.Tensors(index)
        signed = tensor.ShapeSignatureLength() > 0
        length, get = (
            (tensor.ShapeSignatureLength(), tensor.ShapeSignature)
            if signed
            else (tensor.ShapeLength(), tensor.Shape)
        )
        shape = tuple(None if size < 0 else int(size) for size in self.each(length, get))
        dtype = self.types.get(tensor.Type())
        return TensorDescription(name or _text(tensor.Name()), dtype.lower() if dtype else None, shape)

    def ends(self, graphs: list[Any]) -> tuple[tuple[TensorDescription, ...], tuple[TensorDescription, ...]]:
        signatures = self.each(self.model.SignatureDefsLength(), self.model.SignatureDefs)
        named = {_text(signature.SignatureKey()): signature for signature in signatures}
        signature = named.get(SIGNATURE) or (signatures[0] if signatures else None)
        if signature is None:
            graph = graphs[0]
            inputs = self.each(graph.InputsLength(), graph.Inputs)
            outputs = self.each(graph.OutputsLength(), graph.Outputs)
            return (
                tuple(self.tensor(graph, index, None) for index in inputs),
                tuple(self.tensor(graph, index, None) for index in outputs),
            )
        graph = graphs[signature.SubgraphIndex()]
        return (
            tuple(
                self.tensor(graph, entry.TensorIndex(), _text(entry.Name()))
                for entry in self.each(signature.InputsLength(), signature.Inputs)
            ),
            tuple(
                self.tensor(graph, entry.TensorIndex(), _text(entry.Name()))
                for entry in self.each(signature.OutputsLength(), signature.Outputs)
            ),
        )

    def metadata(self) -> tuple[dict[str, str], list[str]]:
        """Return the short texts of the metadata, and all printable strings inside it."""
        model = self.model
        texts = [_text(model.Description())]
        found = {"version": str(model.Version()), "description": texts[0]}
        for entry in self.each(model.MetadataLength(), model.Metadata):
            buffer = model.Buffers(entry.Buffer()) if entry.Buffer() < model.BuffersLength() else None
            if buffer is None or buffer.DataLength() == 0:
                continue
            content = buffer.DataAsNumpy().tobytes()
            name = _text(entry.Name())
            strings = [s.decode() for s in re.findall(rb"[\x20-\x7e\n]{4,}", content[: 1 << 20])]
            texts += strings
            found[name] = "\n".join(strings)[:500] if strings else f"{len(content)} bytes"
        return {key: value for key, value in sorted(found.items()) if value}, texts


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def convert(saved_model_dir: Path, out_file: Path, *, select_ops: bool = False) -> ModelDescription:
    """Convert a SavedModel to a float32 LiteRT file with built-in operators, and return what it holds.

    Nothing is quantised; the names of the signature stay; the same SavedModel and TensorFlow give the same
    bytes. `select_ops` lets TensorFlow's own operators in, which the plain LiteRT engine cannot run. Imports
    TensorFlow. Raises `ModelFormatError`.
    """
    tf = tensorflow()
    try:
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(saved_model_dir), signature_keys=[SIGNATURE], tags={"serve"}
        )
        converter.optimizations = []
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if select_ops:
            converter.target_spec.supported_ops.append(tf.lite.OpsSet.SELECT_TF_OPS)
        data = converter.convert()
    except Exception as error:
        raise _why(saved_model_dir, str(error)) from error
    out_file.parent.mkdir(parents=True, exist_ok=True)
    partial = out_file.with_name(f".{out_file.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, out_file)  # noqa: PTH105 - atomic, and said so
    return inspect(out_file)


def _why(saved_model_dir: Path, message: str) -> ModelFormatError:
    """Return the converter's complaint as one line that names what to change."""
    unknown = re.search(r"(?:TF Select ops|Select TF ops|Custom ops): *([^\n]+)", message)
    if unknown is None:
        unknown = re.search(r"'(tf\.\w+)' op is neither a custom op nor a flex op", message)
    if unknown:
        return UnsupportedOperatorError(
            f"LiteRT has no built-in operator for {unknown.group(1).strip()}",
            hint="serve this model with `engine: tensorflow`, or cut the graph before these operators",
        )
    first = next((line.strip() for line in message.splitlines() if line.strip()), "no message")
    return ConversionError(
        f"{saved_model_dir} cannot be converted to LiteRT: {first}", hint="use `engine: tensorflow`"
    )
