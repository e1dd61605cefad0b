"""Small weight files of each format, written by hand after the formats' specifications."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maxctl.runtimes.metadata import Metadata, read


def told(path: Path, name: str, data: bytes) -> Metadata:
    """Return what `read` says of a file with this name and content; it must be of a known format."""
    file = path / name
    file.write_bytes(data)
    metadata = read(file)
    assert metadata is not None
    return metadata


def entries(metadata: Metadata) -> dict[str, str]:
    return {entry.key: entry.value for entry in metadata.entries}


# protocol buffers


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def message(*fields: tuple[int, bytes | str | int]) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(content)) + content
    return out


def pair(key: str, value: str) -> bytes:
    return message((1, key), (2, value))


def onnx(properties: Mapping[str, str], graph: bytes = b"\x0a\x03abc") -> bytes:
    return message(
        (1, 8), (2, "pytorch"), (3, "2.3.1"), (4, "org.example"), (5, 7), (6, "Finds cats."), (7, graph),
        (8, message((1, ""), (2, 17))), *((14, pair(*item)) for item in properties.items()),
    )  # fmt: skip


def saved_model(tags: Sequence[str] = ("serve",), version: str = "2.12.0") -> bytes:
    info = message((2, b"\x0a\x02op" * 3), *((4, tag) for tag in tags), (5, version))
    return message((1, 1), (2, message((1, info), (2, b"\x0a\x02xy" * 10))))


def coreml(license_: str = "MIT", **user: str) -> bytes:
    metadata = message(
        (1, "Finds cats."), (3, "Ada"), (4, license_), *((100, pair(*item)) for item in user.items())
    )
    return message((1, 4), (2, message((1, b"input"), (100, metadata))), (500, b"weights"))


# flat buffers


def flatbuffer(identifier: bytes, root: dict[int, Any]) -> bytes:
    """Return a flat buffer. Fields: int (8 bytes), str or bytes (a vector of them), list of tables, dict (none)."""
    body, at = _table(root, 8)
    return struct.pack("<I", at) + identifier + body


def _table(fields: dict[int, Any], at: int) -> tuple[bytes, int]:
    slots = max(fields, default=-1) + 1
    vtable = 4 + 2 * slots
    start = at + vtable
    inline = {number: 4 + 8 * index for index, number in enumerate(fields)}
    size = 4 + 8 * len(fields)
    head = struct.pack("<HH", vtable, size) + b"".join(
        struct.pack("<H", inline.get(number, 0)) for number in range(slots)
    )
    place, values, children = start + size, struct.pack("<i", vtable), b""
    for number, value in fields.items():
        if isinstance(value, int):
            values += struct.pack("<Q", value)
            continue
        values += struct.pack("<Ii", place - (start + inline[number]), 0)
        child = _vector(value, place)
        children += child
        place += len(child)
    return head + values + children, start


def _vector(value: Any, at: int) -> bytes:
    if isinstance(value, str | bytes):
        data = value.encode() if isinstance(value, str) else value
        return struct.pack("<I", len(data)) + data + b"\0"
    place, offsets, children = at + 4 + 4 * len(value), b"", b""
    for index, fields in enumerate(value):
        child, start = _table(fields, place)
        offsets += struct.pack("<I", start - (at + 4 + 4 * index))
        children += child
        place += len(child)
    return struct.pack("<I", len(value)) + offsets + children


def tflite(metadata: dict[int, Any] | None = None, **files: str) -> bytes:
    """Return a model; `metadata` has the fields of ModelMetadata, and `files` are appended to it as a zip."""
    described = flatbuffer(b"M001", metadata or {0: "Cats", 1: "Finds cats.", 4: "Ada", 5: "Apache-2.0"})
    data = flatbuffer(
        b"TFL3",
        {
            0: 3,
            3: "MLIR Converted.",
            4: [{}, {0: b"1.14.0\0\0"}, {0: described}],
            6: [{0: "min_runtime_version", 1: 1}, {0: "TFLITE_METADATA", 1: 2}],
        },
    )
    return data + (archive(files) if files else b"")


# GGUF, safetensors, archives


def gguf(pairs: Mapping[str, Any], version: int = 3, order: str = "<") -> bytes:
    """Return a header. Values: str, int (32 bits), list of str, or (type, bytes) as it shall stand."""

    def text(value: str) -> bytes:
        return struct.pack(f"{order}Q", len(value.encode())) + value.encode()

    data = b"GGUF" + struct.pack(f"{order}IQQ", version, 0, len(pairs))
    for key, value in pairs.items():
        if isinstance(value, str):
            kind, content = 8, text(value)
        elif isinstance(value, int):
            kind, content = 4, struct.pack(f"{order}I", value)
        elif isinstance(value, list):
            kind, content = 9, struct.pack(f"{order}IQ", 8, len(value)) + b"".join(map(text, value))
        else:
            kind, content = value
        data += text(key) + struct.pack(f"{order}I", kind) + content
    return data


def safetensors(header: Any) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(8)


def archive(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


KERAS = {
    "metadata.json": json.dumps({"keras_version": "3.4.1", "date_saved": "2025-01-01@00:00:00"}),
    "config.json": json.dumps({"class_name": "Functional", "config": {"name": "cats", "layers": []}}),
    "model.weights.h5": b"\x89HDF\r\n\x1a\n",
}
PYTORCH = {
    "cats/data.pkl": b"\x80\x02}q\x00.",
    "cats/data/0": bytes(64),
    "cats/extra/LICENSE.txt": "MIT License\n\nCopyright (c) 2024 Ada",
    "cats/extra/labels.txt": "cat\ndog",
}
OPENVINO = b"""<?xml version="1.0"?>
<net name="cats" version="11">
  <layers><layer id="0" name="x"><rt_info><attribute name="a" value="b"/></rt_info></layer></layers>
  <rt_info><model_info><license value="Apache-2.0"/><author>Ada</author></model_info></rt_info>
</net>
"""
TFJS = json.dumps(
    {
        "format": "graph-model",
        "generatedBy": "2.4.1",
        "convertedBy": "TensorFlow.js Converter v3.4.0",
        "userDefinedMetadata": {"license": "Apache-2.0", "signature": {"inputs": {}}},
        "modelTopology": {"node": [{"name": "generatedBy"}]},
        "weightsManifest": [],
    }
).encode()

GENERAL = {
    "general.architecture": "llama",
    "general.license": "llama3.1",
    "general.license.link": "https://example.org/LICENSE",
    "general.base_model.count": 1,
    "general.base_model.0.repo_url": "https://huggingface.co/meta-llama/Llama-3.1-8B",
    "general.datasets": ["coco", "imagenet-1k"],
    "tokenizer.ggml.tokens": ["<s>", "</s>", "cat"],
    "llama.rope.scaling.type": "yarn",
}

SAMPLES = {
    "model.tflite": tflite(**{"LICENSE": "Apache License 2.0", "labels.txt": "cat"}),
    "model.onnx": onnx({"license": "MIT"}),
    "model.gguf": gguf(GENERAL),
    "model.safetensors": safetensors({"__metadata__": {"format": "pt"}, "w": {"shape": [1]}}),
    "model.keras": archive(KERAS),
    "model.pt": archive(PYTORCH, zipfile.ZIP_STORED),
    "saved_model.pb": saved_model(),
    "model.mlmodel": coreml(url="https://example.org"),
    "model.xml": OPENVINO,
    "model.json": TFJS,
}
