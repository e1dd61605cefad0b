"""What every model format offers, and how it refuses: descriptions, signatures, one family of errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

MAX_RANK = 8
MAX_ELEMENTS = 2**31 - 1

# Operators that reach files, sockets or Python from inside a graph: a model that only computes has none.
# (XLA and TensorRT ops run other programs, too, but only ones that the graph itself carries.)
UNSAFE_OPERATORS = frozenset({
    "ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "PyFuncStateless", "EagerPyFunc",
    "FileSystemSetConfiguration", "RpcCall", "RpcClient", "RpcServer", "RpcServerRegister", "RpcServerStart",
    "RegisterDataset", "RegisterDatasetV2", "DataServiceDataset", "DataServiceDatasetV2",
    "DataServiceDatasetV3", "DataServiceDatasetV4", "SqlDataset", "TextLineDataset", "TFRecordDataset",
    "TFRecordDatasetV2", "FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "SnapshotDataset",
    "SnapshotDatasetV2", "SaveDataset", "SaveDatasetV2", "LoadDataset", "CacheDataset", "CacheDatasetV2",
    "WholeFileReader", "WholeFileReaderV2", "TextLineReader", "TextLineReaderV2", "TFRecordReader",
    "TFRecordReaderV2", "FixedLengthRecordReader", "FixedLengthRecordReaderV2", "LMDBReader", "LMDBDataset",
    "IdentityReader", "IdentityReaderV2", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
    "CreateSummaryFileWriter", "WriteSummary", "WriteGraphSummary", "DebugIdentity", "DebugIdentityV2",
    "DebugIdentityV3", "PrintV2", "Print", "DumpTensor", "GenerateBigQueryReaderPartitions", "BigQueryReader",
    "PrelinearizeTuple", "DistributedSave",
})  # fmt: skip

# A SavedModel saves and restores its variables by these, so there they are ordinary; in a cut graph not.
SAVER_OPERATORS = frozenset({
    "Save", "SaveV2", "SaveSlices", "Restore", "RestoreV2", "RestoreSlice", "ShardedFilename",
    "ShardedFilespec", "MergeV2Checkpoints", "LoadAndRemapMatrix",
})  # fmt: skip

_LICENSE = re.compile(
    r"licen[cs]e|copyright|\(c\) ?\d{4}|spdx|apache-2|\bapache\b.{0,20}2\.0|\bmit\b|\b[al]?gpl"
    r"|\bbsd\b|creative commons|\bcc[- ](by|0)|all rights reserved|non-?commercial",
    re.IGNORECASE,
)


class ModelFormatError(ValueError):
    """A model cannot be used as it is: what is wrong with it, and in `hint` what to try."""

    kind: ClassVar[str] = "model-format"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CorruptModelError(ModelFormatError):
    """A file of the model is damaged, incomplete, or not what its name says."""

    kind = "corrupt-model"


class UnsafeModelError(ModelFormatError):
    """The model reaches out of its folder, out of its graph, or asks for absurd amounts of memory."""

    kind = "unsafe-model"


class UnknownTensorError(ModelFormatError):
    """The graph has no such tensor, or it is not of the declared type and shape."""

    kind = "unknown-tensor"


class UnsupportedOperatorError(ModelFormatError):
    """An operator that the target does not know."""

    kind = "unsupported-operator"


class ConversionError(ModelFormatError):
    """A converter gave up."""

    kind = "conversion"


class FrameworkMissingError(ModelFormatError):
    """A Python package that the work needs is not installed."""

    kind = "framework-missing"


@dataclass(frozen=True, slots=True)
class TensorDescription:
    """One input or output: its name, and what the file says of its type and shape (None: it does not say)."""

    name: str
    dtype: str | None
    shape: tuple[int | None, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Return `{"name", "dtype", "shape"}`, the shape as a list with null for open dimensions."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "shape": None if self.shape is None else list(self.shape),
        }


@dataclass(frozen=True, slots=True)
class NamedSignature:
    """One of several signatures of a model: what it takes and gives, and the tags of its graph."""

    name: str
    tags: tuple[str, ...]
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]

    def to_json(self) -> dict[str, Any]:
        """Return `{"name", "tags", "inputs", "outputs"}`."""
        return {
            "name": self.name,
            "tags": list(self.tags),
            "inputs": [tensor.to_json() for tensor in self.inputs],
            "outputs": [tensor.to_json() for tensor in self.outputs],
        }


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a model's files say about it, read without running anything of it."""

    format: str
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    operators: Mapping[str, int]
    """Operator -> how often it stands in the graph, sorted by name."""
    parameters: int | None
    """Elements of floating-point or quantised weights; None where the files do not tell."""
    size_bytes: int
    metadata: Mapping[str, str] = field(default_factory=dict)
    licenses: tuple[str, ...] = ()
    """Strings inside the files that speak of a licence: claims to be evaluated."""
    unsafe_operators: tuple[str, ...] = ()
    """Operators that reach files, sockets or Python."""
    signatures: tuple[NamedSignature, ...] = ()
    """All that the model can be asked by, where its format names them; `inputs` and `outputs` are of one."""

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain dictionaries and lists."""
        return {
            "format": self.format,
            "inputs": [tensor.to_json() for tensor in self.inputs],
            "outputs": [tensor.to_json() for tensor in self.outputs],
            "operators": dict(self.operators),
            "parameters": self.parameters,
            "size_bytes": self.size_bytes,
            "metadata": dict(self.metadata),
            "licenses": list(self.licenses),
            "unsafe_operators": list(self.unsafe_operators),
            "signatures": [signature.to_json() for signature in self.signatures],
        }


class Format(Protocol):
    """What each module of the table offers. `recognise` reads little; `inspect` runs nothing."""

    NAME: str

    def recognise(self, path: Path) -> bool:
        """Return whether the file or folder is of this format."""
        ...

    def inspect(self, path: Path) -> ModelDescription:
        """Return what the files say; raises `ModelFormatError`."""
        ...


@dataclass(frozen=True, slots=True)
class DeclaredTensor:
    """An input or output as the spec declares it: its name outside, the tensor in the original graph."""

    name: str
    tensor: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """The declared inputs and outputs of the prepared model."""

    inputs: tuple[DeclaredTensor, ...]
    outputs: tuple[DeclaredTensor, ...]

    @classmethod
    def of(cls, declared: Any) -> Signature:
        """Return the signature in `{"inputs": [{"name", "tensor", "dtype", "shape"}…], "outputs": […]}`.

        Further keys of a tensor (such as `meaning`) are ignored. Raises `ModelFormatError`.
        """
        if not isinstance(declared, Mapping):
            raise ModelFormatError("the signature must be a mapping with `inputs` and `outputs`")
        signature = cls(_declared(declared, "inputs"), _declared(declared, "outputs"))
        for kind, tensors in (("inputs", signature.inputs), ("outputs", signature.outputs)):
            names = [tensor.name for tensor in tensors]
            for name in sorted({name for name in names if names.count(name) > 1}):
                raise ModelFormatError(
                    f"`{name}` is declared more than once in {kind}", hint="give each its own name"
                )
        return signature


_TENSOR_NAME = re.compile(r"^[A-Za-z0-9_.][A-Za-z0-9_.\-]*$")


def _declared(declared: Mapping[str, Any], key: str) -> tuple[DeclaredTensor, ...]:
    entries = declared.get(key)
    if not isinstance(entries, list | tuple) or not entries:
        raise ModelFormatError(
            f"the signature declares no {key}", hint=f"declare at least one tensor in {key}"
        )
    tensors = []
    for entry in entries:
        try:
            name, tensor, dtype, shape = (entry[part] for part in ("name", "tensor", "dtype", "shape"))
        except (TypeError, KeyError) as error:
            raise ModelFormatError(
                f"a tensor in {key} needs name, tensor, dtype and shape: {entry!r}"
            ) from error
        if not isinstance(name, str) or not _TENSOR_NAME.match(name):
            raise ModelFormatError(
                f"{name!r} in {key} cannot name a tensor", hint="use letters, digits, `_`, `.` and `-`"
            )
        if not isinstance(tensor, str) or not isinstance(dtype, str):
            raise ModelFormatError(f"`{name}` in {key}: tensor and dtype must be text")
        tensors.append(
            DeclaredTensor(name, tensor, dtype, checked_shape(shape, f"`{name}` in {key}", open_too=True))
        )
    return tuple(tensors)


def checked_shape(shape: Any, owner: str, *, open_too: bool = False) -> tuple[int | None, ...]:
    """Return the shape as a tuple of non-negative integers, with None for open dimensions where `open_too`.

    Raises `UnsafeModelError` for anything that is no shape, or that no sane tensor has.
    """
    if not isinstance(shape, list | tuple):
        raise UnsafeModelError(f"{owner}: {shape!r} is not a shape")
    if len(shape) > MAX_RANK:
        raise UnsafeModelError(
            f"{owner}: a shape with {len(shape)} dimensions is refused (at most {MAX_RANK})"
        )
    dims: list[int | None] = []
    elements = 1
    for size in shape:
        if open_too and (size is None or size == -1):
            dims.append(None)
            continue
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise UnsafeModelError(f"{owner}: {size!r} in {list(shape)!r} is not the size of a dimension")
        dims.append(size)
        elements *= max(size, 1)
    if elements > MAX_ELEMENTS:
        raise UnsafeModelError(f"{owner}: shape {list(shape)} has more than {MAX_ELEMENTS} elements")
    return tuple(dims)


def plain_names(names: Iterable[str]) -> list[str]:
    """Return names for tensors that a spec may use, each once."""
    plain: list[str] = []
    for name in names:
        short = re.sub(r"[^A-Za-z0-9_.\-]", "_", name).lstrip("-") or "tensor"
        free, number = short, 0
        while free in plain:
            number += 1
            free = f"{short}_{number}"
        plain.append(free)
    return plain


def unsafe_among(operators: Iterable[str], *, saver_too: bool = False) -> tuple[str, ...]:
    """Return those that reach out of the graph, sorted; `saver_too` adds those that save and restore."""
    refused = UNSAFE_OPERATORS | SAVER_OPERATORS if saver_too else UNSAFE_OPERATORS
    return tuple(sorted(set(operators) & refused))


def license_strings(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that speak of a licence, each once, cut to 200 characters, at most 50."""
    found: dict[str, None] = {}
    for text in texts:
        for line in text.splitlines():
            match = _LICENSE.search(line)
            if match:
                start = max(0, match.start() - 80)
                found.setdefault(line[start : start + 200].strip())
            if len(found) == 50:
                return tuple(found)
    return tuple(found)
