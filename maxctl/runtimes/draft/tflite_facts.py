"""What a TFLite file says beyond its description: neighbours of its ends, quantisation, and its metadata.

Numbers of fields are those of TensorFlow's `schema.fbs` and of tflite-support's `metadata_schema.fbs`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maxctl.runtimes.draft.neighbours import after, before
from maxctl.runtimes.metadata.flatbuffer import Table
from maxctl.runtimes.metadata.source import DamagedError, Source

NO_SIGNATURE = "no_signature"
MOST_TENSORS = 20_000
MOST_LABEL_BYTES = 1024 * 1024
# BuiltinOperator, those that ends are looked at for
_BUILTINS = {
    0: "add", 1: "average_pool", 2: "concat", 3: "conv", 4: "depthwise_conv", 6: "dequantize", 9: "matmul",
    11: "lpnormalization", 14: "sigmoid", 17: "max_pool", 18: "mul", 19: "relu", 21: "relu6", 22: "reshape",
    23: "resize_bilinear", 25: "softmax", 28: "tanh", 34: "pad", 39: "transpose", 40: "mean", 41: "sub", 42: "div",
    43: "squeeze", 47: "exp", 53: "cast", 56: "argmax", 67: "transpose_conv", 70: "expand_dims", 73: "log",
    114: "quantize", 117: "hard_swish",
}  # fmt: skip
_KNOWN = ("TFLite_Detection_PostProcess",)
_NORMALIZATION, _THRESHOLD = 1, 3
_AUDIO = 4


def tflite_facts(path: Path) -> dict[str, Any]:
    """Return the fields of `Evidence` that the file fills; empty where its flatbuffer is damaged."""
    with path.open("rb") as file:
        source = Source(file)
        try:
            found = _Reader(source).read()
        except DamagedError:
            found = {}
    labels = _labels(path)
    return {**found, **({"labels": labels} if labels else {})}


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.model = Table.root(source, 0)

    def read(self) -> dict[str, Any]:
        graph = next(iter(self.model.tables(2)))
        codes = [self.code(one) for one in self.model.tables(1)]
        tensors = list(self.limited(graph.tables(0)))
        inputs, outputs = self.ints(graph, 1), self.ints(graph, 2)
        outside = self.signature()
        names = {
            index: one.text(3).decode("utf-8", "replace")
            for index, one in enumerate(tensors)
            if index in {*inputs, *outputs}
        }
        called = {index: outside.get(index, names.get(index, "")) for index in {*inputs, *outputs}}
        makes: dict[int, tuple[str, list[int]]] = {}
        takes: dict[int, list[tuple[str, list[int]]]] = {}
        for one in self.limited(graph.tables(3)):
            number = one.number(0, 4)
            operator = codes[number] if number < len(codes) else ""
            taken, given = self.ints(one, 1), self.ints(one, 2)
            for index in given:
                makes[index] = (operator, taken)
            for index in taken:
                takes.setdefault(index, []).append((operator, given))
        found: dict[str, Any] = {
            "ends": {called[index]: before(index, makes) for index in outputs},
            "begins": {called[index]: after(index, takes) for index in inputs},
            "quantization": {
                called[index]: scale
                for index in (*inputs, *outputs)
                if 0 <= index < len(tensors) and (scale := self.quantization(tensors[index]))
            },
        }
        custom = {one.text(1).decode("utf-8", "replace") for one in self.model.tables(1)} - {""}
        found["foreign"] = sorted(
            name for name in custom if name not in _KNOWN and not name.startswith("Flex")
        )
        if not self.model.vector(7)[1]:
            found["properties"] = {NO_SIGNATURE: "yes"}
        found.update(self.metadata([called[index] for index in inputs], [called[index] for index in outputs]))
        return found

    def limited(self, tables: Iterator[Table]) -> Iterator[Table]:
        for number, one in enumerate(tables):
            if number >= MOST_TENSORS:
                raise DamagedError("it has more parts than are looked at")
            yield one

    def code(self, table: Table) -> str:
        custom = table.text(1)
        number = max(table.number(3, 4), table.number(0, 1))
        return custom.decode("utf-8", "replace") if custom else _BUILTINS.get(number, f"builtin{number}")

    def ints(self, table: Table, field: int) -> list[int]:
        start, count = table.vector(field)
        if count > MOST_TENSORS:
            raise DamagedError("it has more ends than are looked at")
        return list(struct.unpack(f"<{count}i", self.source.at(start, 4 * count))) if count else []

    def floats(self, table: Table, field: int) -> list[float]:
        start, count = table.vector(field)
        if count > 64:
            return []
        return (
            [float(f"{one:.9g}") for one in struct.unpack(f"<{count}f", self.source.at(start, 4 * count))]
            if count
            else []
        )

    def signature(self) -> dict[int, str]:
        """Return the outside names of tensors, by their index, of the signature that is served."""
        signatures = list(self.limited(self.model.tables(7)))
        served = next(
            (one for one in signatures if one.text(2) == b"serving_default"),
            signatures[0] if signatures else None,
        )
        if served is None:
            return {}
        return {
            entry.number(1, 4): entry.text(0).decode("utf-8", "replace")
            for field in (0, 1)
            for entry in self.limited(served.tables(field))
        }

    def inner(self, table: Table, field: int) -> Table | None:
        """Return a table in a field of a table."""
        place = table._field(field)
        return Table(self.source, place + self.source.number(place, 4)) if place else None

    def quantization(self, tensor: Table) -> list[float]:
        found = self.inner(tensor, 4)
        if found is None:
            return []
        scales = self.floats(found, 2)
        start, count = found.vector(3)
        if len(scales) != 1 or count != 1 or not scales[0]:
            return []
        return [scales[0], float(struct.unpack("<q", self.source.at(start, 8))[0])]

    def metadata(self, inputs: list[str], outputs: list[str]) -> dict[str, Any]:
        for entry in self.limited(self.model.tables(6)):
            if entry.text(0) == b"TFLITE_METADATA":
                buffer = self.model.table(4, entry.number(1, 4))
                start, count = buffer.vector(0)
                if count:
                    return self.described(Table.root(self.source, start), inputs, outputs)
        return {}

    def described(self, model: Table, inputs: list[str], outputs: list[str]) -> dict[str, Any]:
        words = [model.text(0), model.text(1)]
        graph = next(iter(model.tables(3)), None)
        found: dict[str, Any] = {"words": b" ".join(words).decode("utf-8", "replace")}
        if graph is None:
            return found
        said: dict[str, str] = {}
        for field, names in ((2, inputs), (3, outputs)):
            for name, tensor in zip(names, self.limited(graph.tables(field)), strict=False):
                called = tensor.text(0).decode("utf-8", "replace")
                if called and called != name:
                    said[name] = called
                self.units(tensor, found)
                self.content(tensor, found)
        return {**found, "said": said}

    def units(self, tensor: Table, found: dict[str, Any]) -> None:
        for unit in self.limited(tensor.tables(4)):
            kind, options = unit.number(0, 1), self.inner(unit, 1)
            if options is None:
                continue
            if kind == _NORMALIZATION:
                mean, std = self.floats(options, 0), self.floats(options, 1)
                if mean and std and all(std):
                    found["normalization"] = {"mean": mean, "std": std}
            elif kind == _THRESHOLD:
                place = options._field(0)
                if place:
                    found["score_threshold"] = float(
                        f"{struct.unpack('<f', self.source.at(place, 4))[0]:.6g}"
                    )

    def content(self, tensor: Table, found: dict[str, Any]) -> None:
        content = self.inner(tensor, 3)
        if content is not None and content.number(0, 1) == _AUDIO:
            audio = self.inner(content, 1)
            if audio is not None and 1000 <= audio.number(0, 4) <= 192_000:
                found["sample_rate"] = audio.number(0, 4)


def _labels(path: Path) -> list[dict[str, Any]]:
    """Return the lists of labels in the files that are appended to the model."""
    from maxctl.runtimes.draft.companions import lists_in

    if not zipfile.is_zipfile(path):
        return []
    texts = []
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:20]:
                if "label" in member.filename.lower() and member.file_size <= MOST_LABEL_BYTES:
                    texts.append((member.filename, archive.read(member).decode("utf-8", "replace")))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        return []
    return lists_in(iter(texts))
