"""TorchScript archives, as `torch.jit.save` writes them: inspect one from its code, and convert it to ONNX.

The code in an archive is TorchScript, which torch's own interpreter runs: it has no `import`, and what it can call
are operators. Those that reach files, and those of libraries beside torch's own, are refused. The pickles in it are
read opcode by opcode, and torch reads them without Python; other PyTorch files hold pickles alone, which Python would
have to run, or weights without a model: they are told apart and refused.
"""

from __future__ import annotations

import ast
import io
import pickletools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from maxctl.runtimes import onnx, to_onnx, zip_archive
from maxctl.runtimes.framework import one_line, torch
from maxctl.runtimes.interface import (
    CorruptModelError,
    ModelDescription,
    ModelFormatError,
    Signature,
    TensorDescription,
    UnknownTensorError,
    UnsafeModelError,
    UnsupportedOperatorError,
    license_strings,
)

NAME = "torchscript"
_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
"""How files begin that torch.save wrote before it wrote zip archives: its magic number, pickled."""
_MOST_CODE = 64 * 1024**2
_MOST_PICKLE = 256 * 1024**2

_LIBRARIES = frozenset({"aten", "prim", "prims", "quantized", "prepacked", "static", "sparse"})
_UNSAFE = frozenset({"from_file", "load", "save", "fork", "rpc_async", "rpc_sync", "rpc_remote"})
_SPELLED = re.compile(
    rf"\b(?P<word>{'|'.join(sorted(_UNSAFE))})\s*\("
    r"|(?P<bound>__torch__\s*\.\s*torch\s*\.\s*classes\s*\.[\w.]+)"  # of C++ libraries, none of which is here
    r"|\bops\s*\.\s*(?P<library>\w+)\s*\.\s*(?P<operator>\w+)"
)
_BYTES = {
    "FloatStorage": ("float32", 4), "DoubleStorage": ("float64", 8), "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2), "LongStorage": ("int64", 8), "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2), "CharStorage": ("int8", 1), "ByteStorage": ("uint8", 1), "BoolStorage": ("bool", 1),
    "QInt8Storage": ("qint8", 1), "QUInt8Storage": ("quint8", 1), "QInt32Storage": ("qint32", 4),
    "ComplexFloatStorage": ("complex64", 8), "ComplexDoubleStorage": ("complex128", 16),
}  # fmt: skip
_WEIGHTS = ("float", "bfloat", "double", "qint", "quint")
_EXPORT = "where its code is, build the model, load these weights, and export it: torch.export.save"
_TRIED = "check the declared types and shapes: the model is tried with them"
_TRIAL = 64
"""The size of an open axis, but the first, that a model is tried with."""


@dataclass(frozen=True, slots=True)
class _Archive:
    """What an archive holds, beside the values of its weights."""

    forward: ast.FunctionDef
    calls: Mapping[str, int]
    foreign: tuple[str, ...]
    parameters: int
    texts: Mapping[str, str]
    version: str


def recognise(path: Path) -> bool:
    """Return whether this is a file of PyTorch, with a model that torch can run or without."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(len(_LEGACY))
    if head == _LEGACY:
        return True
    return any(PurePosixPath(name).parts[1:] == ("data.pkl",) for name in zip_archive.names(path))


def inspect(path: Path) -> ModelDescription:
    """Return what the code and the weights' pickle say. torch is not imported, nothing is unpickled.

    TorchScript says neither types nor shapes of what `forward` takes and gives: they are None.
    """
    archive = _read(path)
    tensors, others = _arguments(archive.forward)
    return ModelDescription(
        format=NAME,
        inputs=tuple(TensorDescription(name, None, None) for name in tensors),
        outputs=tuple(TensorDescription(name, None, None) for name in _results(archive.forward)),
        operators=dict(sorted(archive.calls.items())),
        parameters=archive.parameters,
        size_bytes=path.stat().st_size,
        metadata={
            "archive_version": archive.version,
            **({"other_arguments": ", ".join(others)} if others else {}),
            **({"extra_files": ", ".join(archive.texts)} if archive.texts else {}),
            **{name: text for name, text in archive.texts.items() if len(text) <= zip_archive.MAX_SHOWN},
        },
        licenses=license_strings(archive.texts.values()),
        unsafe_operators=archive.foreign,
    )


def _read(path: Path) -> _Archive:
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(len(_LEGACY))
        if head == _LEGACY:
            raise ModelFormatError(
                f"{path.name} is a pickle of torch.save: weights alone, or a model whose code is elsewhere",
                hint=_EXPORT,
            )
    with zip_archive.opened(path, "the TorchScript file") as archive:
        return _contents(archive, path.name)


def _contents(archive: zipfile.ZipFile, name: str) -> _Archive:
    members = zip_archive.members(archive, name)
    roots = [key.partition("/")[0] for key in members if PurePosixPath(key).parts[1:] == ("data.pkl",)]
    if len(roots) != 1:
        raise ModelFormatError(f"{name} is no archive of PyTorch", hint="`maxctl inspect` tells what it is")
    root = roots[0]
    inside = {key.removeprefix(f"{root}/"): member for key, member in members.items()}
    first, storages = _pickle(archive, inside["data.pkl"], name)
    if "constants.pkl" not in inside:
        raise ModelFormatError(f"{name} {_no_model(first)}", hint=_EXPORT)
    if first is None or not first[0].startswith("__torch__"):
        raise CorruptModelError(f"{name} holds no TorchScript module", hint="fetch it again")
    code = {key: member for key, member in inside.items() if key.startswith("code/") and key.endswith(".py")}
    if sum(member.file_size for member in code.values()) > _MOST_CODE:
        raise UnsafeModelError(f"{name} holds more than {_MOST_CODE} bytes of code")
    texts = {key: archive.read(member) for key, member in sorted(code.items())}
    modules = {key: _parsed(text, f"{key} in {name}") for key, text in texts.items()}
    calls = Counter(call for module in modules.values() for call in _calls(module))
    spelled = {word for text in texts.values() for word in _spelled(text)}
    _, constants = _pickle(archive, inside["constants.pkl"], name)
    extra = {key.removeprefix("extra/"): member for key, member in inside.items() if key.startswith("extra/")}
    return _Archive(
        forward=_forward(modules, first, name),
        calls=calls,
        foreign=tuple(sorted({*filter(_is_unsafe, calls), *spelled})),
        parameters=_count(storages, "data", inside, name) + _count(constants, "constants", inside, name),
        texts={key: zip_archive.text(archive, member) for key, member in sorted(extra.items())},
        version=archive.read(members[f"{root}/version"]).decode("ascii", "replace").strip()
        if "version" in inside
        else "unknown",
    )


def _no_model(first: tuple[str, str] | None) -> str:
    """Return what a file of torch.save holds, by the first thing that its pickle names."""
    if first is None or first[0] in ("collections", "torch._utils", "torch"):
        return "holds weights without a model"
    return f"holds a pickled {'.'.join(first)}: its code is elsewhere, and loading it runs Python"


def _pickle(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> tuple[tuple[str, str] | None, dict[str, tuple[str, int]]]:
    """Return the first class that a pickle names, and the type and length of each storage of numbers in it."""
    if member.file_size > _MOST_PICKLE:
        raise UnsafeModelError(f"{member.filename} in {name} has {member.file_size} bytes")
    first: tuple[str, str] | None = None
    storages: dict[str, tuple[str, int]] = {}
    kind, memo, recent = "", dict[int, str](), list[Any]()
    try:
        for opcode, argument, _ in pickletools.genops(archive.read(member)):
            if opcode.name == "GLOBAL":
                module, _, called = str(argument).partition(" ")
                first = first or (module, called)
                recent.append(called)
            elif opcode.name in ("BINPUT", "LONG_BINPUT"):
                memo[int(str(argument))] = recent[-1] if recent else ""
            elif opcode.name in ("BINGET", "LONG_BINGET"):
                recent.append(memo.get(int(str(argument)), ""))
            elif opcode.name == "BINPERSID":  # ("storage", class, key, place, length)
                kind, key, _, length = (str(part) for part in recent[-4:])
                storages[key] = (kind, int(length))
            elif argument is not None:
                recent.append(argument)
            del recent[:-8]
    except (ValueError, IndexError, OverflowError, KeyError) as error:
        raise CorruptModelError(
            f"{member.filename} in {name} is damaged: {error}", hint="fetch it again"
        ) from error
    return first, storages


def _count(
    storages: Mapping[str, tuple[str, int]], folder: str, inside: Mapping[str, zipfile.ZipInfo], name: str
) -> int:
    """Return the numbers in floating-point storages; raises where one has fewer bytes than it says."""
    total = 0
    for key, (kind, length) in storages.items():
        dtype, width = _BYTES.get(kind, ("unknown", 1))
        member = inside.get(f"{folder}/{key}")
        held = member.file_size if member else 0
        if length < 0 or length * width > held:
            raise CorruptModelError(
                f"{name} holds {held} bytes for a tensor of {length} numbers", hint="fetch it again"
            )
        total += length if dtype.startswith(_WEIGHTS) else 0
    return total


def _parsed(code: bytes, place: str) -> ast.Module:
    try:
        return ast.parse(code.decode("utf-8"))
    except (SyntaxError, ValueError, MemoryError) as error:
        raise CorruptModelError(f"{place} is no TorchScript: {error}", hint="fetch it again") from error


def _calls(node: ast.AST) -> Iterator[str]:
    """Yield the operators that code names: `relu` for torch.relu, `image.read_file` for ops.image.read_file."""
    for child in ast.iter_child_nodes(node):
        name = _dotted(child)
        if name is None:
            yield from _calls(child)
        elif name == "fork":
            yield name
        else:
            library, _, rest = name.partition(".")
            yield rest.removeprefix("aten.").removeprefix("prim.") if library == "ops" else rest


def _dotted(node: ast.AST) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in (("torch", "ops") if parts else ("fork",)):
        return ".".join([node.id, *reversed(parts)])
    return None


def _is_unsafe(operator: str) -> bool:
    library, _, name = operator.rpartition(".")
    return name in _UNSAFE or bool(library and library.split(".")[0] not in _LIBRARIES)


def _spelled(code: bytes) -> Iterator[str]:
    """Yield what must not be called, by its letters alone: as a method, too, and wherever Python reads otherwise.

    `image.save(path)` is aten::save, and torch's reader of strings is not Python's.
    """
    for match in _SPELLED.finditer(code.decode("utf-8", "replace")):
        word = match["word"] or match["bound"] or ".".join((match["library"], match["operator"]))
        if not match["library"] or match["library"] not in _LIBRARIES:
            yield word


def _forward(modules: Mapping[str, ast.Module], model: tuple[str, str], name: str) -> ast.FunctionDef:
    """Return the function that the model is called by."""
    module = modules.get(f"code/{model[0].replace('.', '/')}.py")
    for statement in module.body if module else ():
        if isinstance(statement, ast.ClassDef) and statement.name == model[1]:
            for part in statement.body:
                if isinstance(part, ast.FunctionDef) and part.name == "forward":
                    return part
    raise UnsupportedOperatorError(
        f"{name} has no forward() of {model[1]}", hint="save the module that is called, with torch.jit.save"
    )


def _arguments(forward: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Return the tensors that a model takes, and what else it needs; what has a default keeps it."""
    arguments = forward.args.args[1:]
    required = arguments[: len(arguments) - len(forward.args.defaults)]
    kinds = {one.arg: ast.unparse(one.annotation) if one.annotation else "Tensor" for one in required}
    others = [f"{name}: {kind}" for name, kind in kinds.items() if kind != "Tensor"]
    return [name for name, kind in kinds.items() if kind == "Tensor"], others


def _results(forward: ast.FunctionDef) -> list[str]:
    """Return names for what a model gives; none where only running it tells how much that is."""
    match forward.returns:
        case ast.Name(id="Tensor"):
            return to_onnx.numbered(1)
        case ast.Subscript(value=ast.Name(id="Tuple"), slice=ast.Tuple(elts=parts)):
            if all(isinstance(part, ast.Name) and part.id == "Tensor" for part in parts):
                return to_onnx.numbered(len(parts))
        case ast.Subscript(value=ast.Name(id="Tuple"), slice=ast.Name(id="Tensor")):
            return to_onnx.numbered(1)
    return []


def convert(path: Path, declared: Mapping[str, Any], out: Path) -> ModelDescription:
    """Write the model as a float32 ONNX file with the declared names, and return what that holds.

    `declared` has lists `inputs` and `outputs` as `Signature.of` reads them: inputs in any order, `tensor` being the
    name in forward(); outputs in the order in which forward() gives them. Imports torch. Raises `ModelFormatError`.
    """
    described = inspect(path)
    if described.unsafe_operators:
        raise UnsafeModelError(
            f"{path.name} reaches out of its graph: {', '.join(described.unsafe_operators)}",
            hint="do not load this file",
        )
    if others := described.metadata.get("other_arguments"):
        raise UnsupportedOperatorError(
            f"forward() of {path.name} also takes what is no tensor: {others}",
            hint="wrap the model where its code is, so that it takes tensors alone",
        )
    signature = Signature.of(declared)
    by_argument = {tensor.tensor: tensor for tensor in signature.inputs}
    order = [tensor.name for tensor in described.inputs]
    if set(by_argument) != set(order):
        raise UnknownTensorError(
            f"forward() takes {', '.join(order)}; model.yaml declares {', '.join(by_argument)}",
            hint="declare each argument that has no default, by its name",
        )
    inputs = [by_argument[name] for name in order]
    outputs = [tensor.name for tensor in signature.outputs]
    trials = {tensor.name: (tensor.dtype, _trial(tensor.shape)) for tensor in inputs}
    framework = torch()
    with one_line("torch", path.name, _EXPORT):
        model = framework.jit.load(str(path), map_location="cpu").eval()

    given = to_onnx.draw(trials)
    tensors = tuple(map(framework.from_numpy, given.values()))
    with one_line("torch", path.name, _TRIED), framework.no_grad():
        answers = [one.numpy() for one in _flat(model(*tensors))]
    if len(answers) != len(outputs):
        raise UnknownTensorError(
            f"forward() gives {len(answers)} tensors; model.yaml declares {', '.join(outputs)}",
            hint="declare all of them, in their order",
        )
    with one_line("torch", path.name, _EXPORT):
        # only this exporter reads TorchScript
        written = io.BytesIO()
        framework.onnx.export(
            model, tensors, written, dynamo=False,
            input_names=[tensor.name for tensor in inputs], output_names=outputs, opset_version=to_onnx.LEGACY_OPSET,
            dynamic_axes=_open(signature),
        )  # fmt: skip
    expected = dict(zip(outputs, answers, strict=True))
    to_onnx.write(written.getvalue(), out, given, expected, path.name)
    return onnx.inspect(out)


def _flat(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        return [one for value in answer.values() for one in _flat(value)]
    if isinstance(answer, list | tuple):
        return [one for value in answer for one in _flat(value)]
    return [answer]


def _trial(shape: Sequence[int | None]) -> tuple[int, ...]:
    return tuple((2 if axis == 0 else _TRIAL) if size is None else size for axis, size in enumerate(shape))


def _open(signature: Signature) -> dict[str, dict[int, str]]:
    """Return names for the axes without a size: the first is the batch's, in all tensors."""
    return {
        tensor.name: {
            axis: "batch" if axis == 0 else f"{tensor.name}_{axis}"
            for axis, size in enumerate(tensor.shape)
            if size is None
        }
        for tensor in (*signature.inputs, *signature.outputs)
    }
