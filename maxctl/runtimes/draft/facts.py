"""What guesses are made from: a model's description, and what else its files and those beside it say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

# operators that only pass numbers on, in the words of every framework, as `plain` writes them
PASSING = frozenset({
    "identity", "reshape", "cast", "squeeze", "expanddims", "transpose", "unsqueeze", "flatten", "dequantize",
    "quantize", "dequantizelinear", "quantizelinear", "parameter", "result", "convert", "readvariableop", "dropout",
})  # fmt: skip
_SAME = {
    "logistic": "sigmoid", "fullyconnected": "matmul", "gemm": "matmul", "innerproduct": "matmul",
    "conv2d": "conv", "convolution": "conv", "fusedconv2d": "conv", "fusedmatmul": "matmul", "biasadd": "add",
    "subtract": "sub", "multiply": "mul", "divide": "div", "realdiv": "div",
    "view": "reshape", "permute": "transpose", "to": "cast", "contiguous": "identity", "clone": "identity",
    "linear": "matmul", "addmm": "matmul", "mm": "matmul", "cat": "concat",
    "concatenation": "concat", "concatv2": "concat",
    "dense": "matmul", "rescaling": "mul", "normalization": "sub", "unitnormalization": "lpnormalization",
    "globalaveragepooling1d": "globalaveragepool", "globalaveragepooling2d": "globalaveragepool",
    "l2normalization": "lpnormalization", "normalizel2": "lpnormalization", "topk": "argmax",
}  # fmt: skip


_TORCH = ("aten.", "prims.")


def plain(operator: str) -> str:
    """Return an operator's name as all frameworks share it: `CONV_2D`, `Conv2D` and `Conv` are `conv`."""
    if operator.startswith(_TORCH):  # with the overload at the end
        operator = operator.split(".")[1]
    word = operator.lstrip("_").lower().replace("_", "").rpartition(".")[2]
    return _SAME.get(word, word)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the description of a model leaves out. All of it is optional, and plain data."""

    ends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Output -> the operators that it comes from, the last first."""
    begins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Input -> the operators that take it, the first first."""
    said: Mapping[str, str] = field(default_factory=dict)
    """Tensor -> its name and description in the model's metadata."""
    quantization: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Tensor -> scale and zero point."""
    shapes: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Tensor -> a shape that the description does not know."""
    normalization: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """`mean` and `std` of the metadata: (value - mean) / std."""
    sample_rate: int | None = None
    score_threshold: float | None = None
    labels: Sequence[Mapping[str, Any]] = ()
    """Lists of labels that were found: `{"source", "rows": [{"id", "name"}]}`."""
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name of a file beside the model, such as `preprocessor_config.json` -> its content."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Longer metadata than the description holds, such as Ultralytics' `names`."""
    tokenizer: str | None = None
    """The tokenizer's file, from the model's folder."""
    words: str = ""
    """What README and metadata say in words."""
    foreign: Sequence[str] = ()
    """Operators that the format itself does not know."""
    cut: Mapping[str, Any] = field(default_factory=dict)
    """Where a graph that holds its own pre- and post-processing is best cut; see `tfjs_graph.py`."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output, with what is known beside its description."""

    name: str
    dtype: str | None
    shape: tuple[int | None, ...] | None
    operators: tuple[str, ...] = ()
    """Those next to it that do something, in `plain` words: of an output the last, of an input the first."""
    said: str = ""

    @property
    def rank(self) -> int | None:
        """How many axes it has; None where that is not known."""
        return None if self.shape is None else len(self.shape)

    @property
    def floats(self) -> bool:
        """Whether it holds floating-point numbers, as far as one can tell."""
        return self.dtype is None or self.dtype.startswith(("float", "bfloat"))

    @property
    def integers(self) -> bool:
        """Whether it surely holds whole numbers."""
        return self.dtype is not None and self.dtype.startswith(("int", "uint"))

    def last(self) -> str:
        """Return the operator next to it, or nothing."""
        return self.operators[0] if self.operators else ""

    def tail(self) -> tuple[int | None, ...]:
        """Return the shape without its first axis and without axes of size 1."""
        return tuple(size for size in (self.shape or ())[1:] if size != 1)

    def is_called(self, pattern: str) -> bool:
        """Return whether its name, or what metadata calls it, holds a word of the pattern."""
        return bool(re.search(pattern, words_of(self.name))) or bool(re.search(pattern, words_of(self.said)))


def words_of(name: str) -> str:
    """Return a name in small letters, its parts separated by blanks: `detectionBoxes:0` is `detection boxes 0`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[^a-z0-9]+", " ", apart.lower()).strip()


@dataclass(frozen=True, slots=True)
class Facts:
    """One model as the guesses see it."""

    format: str
    file: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: Mapping[str, int]
    """By their `plain` names."""
    metadata: Mapping[str, str]
    evidence: Evidence

    @classmethod
    def of(cls, description: Mapping[str, Any], file: str, evidence: Evidence | None = None) -> Facts:
        """Return the facts of a description, as `ModelDescription.to_json` gives it."""
        found = evidence or Evidence()
        operators: dict[str, int] = {}
        for name, count in description["operators"].items():
            operators[plain(name)] = operators.get(plain(name), 0) + count
        return cls(
            format=description["format"],
            file=file,
            inputs=tuple(_tensor(one, found.begins, found) for one in description["inputs"]),
            outputs=tuple(_tensor(one, found.ends, found) for one in description["outputs"]),
            operators=operators,
            metadata={**description.get("metadata", {}), **found.properties},
            evidence=found,
        )

    @property
    def document(self) -> Mapping[str, Any]:
        """The model's own config.json, in the manner of Hugging Face; empty where there is none."""
        return self.evidence.documents.get("config.json", {})

    def speaks_of(self, pattern: str) -> str | None:
        """Return where a word of the pattern stands: the file's name, or the words about the model; else None."""
        if re.search(pattern, words_of(PurePath(self.file).stem)):
            return self.file
        made = " ".join(self.metadata.get(key, "") for key in ("generatedBy", "description", "producer_name"))
        if re.search(pattern, words_of(made)):
            return "the model's metadata"
        return "the README" if re.search(pattern, words_of(self.evidence.words[:20_000])) else None

    def named(self, name: str) -> Tensor | None:
        """Return the input or output of that name."""
        return next((one for one in (*self.inputs, *self.outputs) if one.name == name), None)


def _tensor(one: Mapping[str, Any], near: Mapping[str, Sequence[str]], evidence: Evidence) -> Tensor:
    name = one["name"]
    shape = one["shape"] if one["shape"] is not None else evidence.shapes.get(name)
    operators = tuple(plain(operator) for operator in near.get(name, ()))
    return Tensor(
        name=name,
        dtype=one["dtype"],
        shape=None if shape is None else tuple(shape),
        operators=tuple(operator for operator in operators if operator not in PASSING),
        said=evidence.said.get(name, ""),
    )
