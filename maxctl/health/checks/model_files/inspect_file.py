"""Hand a model file to whoever knows its format, which goes by what it holds, then by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from maxctl.health.checks.model_files import coreml, graphs, hdf5, keras_config, numpy_files, pickles, zips
from maxctl.health.checks.model_files.inspection import Inspection, data_only, no_model, not_scanned
from maxctl.health.checks.model_files.recognise import (
    ALWAYS_MODEL,
    CHECKPOINT_PART,
    HDF5,
    HEAD,
    NUMPY,
    PICKLE_NAMES,
    ZIP,
    is_pickle,
    worth,
)
from maxctl.runtimes import wire

MAX_DEPTH = 3
MAX_UNPACKED = 512 * 1024**2
MAX_JSON = 128 * 1024**2

SSTABLE = 0xDB4775248B80FB57.to_bytes(8, "little")  # last bytes of a TensorFlow checkpoint's index
DLIB = re.compile(rb"[\x01-\x09]{3}[\x04-\x40](?:loss|add|con|fc|input)_[a-z_]{1,40}")
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def inspect(stream: BinaryIO, name: str, size: int, depth: int = 0) -> Inspection:
    """Return what a file holds; its format goes by content first. Raises nothing that hostile content decides."""
    head = stream.read(HEAD)
    stream.seek(0)
    try:
        return _by_content(stream, PurePosixPath(name), size, head, depth)
    except wire.MalformedError as error:
        return not_scanned("protocol buffer", f"it is malformed: {error}")
    except MemoryError:
        return not_scanned("unknown", "it needs more memory than allowed")
    except (RecursionError, UnicodeError, json.JSONDecodeError, TypeError, AttributeError) as error:
        return not_scanned("unknown", f"it is malformed: {type(error).__name__}")


def _by_content(stream: BinaryIO, path: PurePosixPath, size: int, head: bytes, depth: int) -> Inspection:
    suffix = path.suffix.lower()
    if size == 0:
        return (not_scanned if suffix in ALWAYS_MODEL else no_model)("empty file", "it is empty")
    if depth > MAX_DEPTH:
        return not_scanned("archive", f"archives are nested more than {MAX_DEPTH} deep")
    if head.startswith(HDF5):
        return hdf5.inspect(stream)
    if head.startswith(ZIP):
        return zips.inspect(
            stream, worth, lambda name, data: inspect(io.BytesIO(data), name, len(data), depth + 1)
        )
    if head.startswith(NUMPY):
        return numpy_files.inspect(stream.read(MAX_UNPACKED))
    for magic, kind in PACKED.items():
        if head.startswith(magic):
            return _packed(stream, kind, path, depth)
    if suffix == ".joblib" and head[:1] == b"\x78":
        return _packed(stream, "zlib", path, depth)
    if head[4:8] == b"TFL3":
        return data_only("TensorFlow Lite", "a flat buffer of built-in operations and numbers")
    if head[4:8] == b"ORTM":
        return data_only("ONNX Runtime", "a flat buffer of operations and numbers")
    if DLIB.match(head):
        return data_only("dlib network", "numbers that dlib's own reader takes")
    if is_pickle(head) or suffix in PICKLE_NAMES:
        return pickles.inspect(stream, size)
    return _by_name(stream, path, suffix, size, head)


def _by_name(stream: BinaryIO, path: PurePosixPath, suffix: str, size: int, head: bytes) -> Inspection:
    if suffix == ".safetensors":
        return _safetensors(stream, size)
    if suffix == ".json":
        return _json(stream, path.name, size)
    if suffix == ".onnx":
        return graphs.onnx(stream.read())
    if suffix == ".mlmodel":
        return coreml.inspect(stream.read())
    if path.name == "keras_metadata.pb":
        return graphs.keras_metadata(stream.read())
    if path.name == "fingerprint.pb":
        return graphs.fingerprint(stream.read())
    if suffix in (".pb", ".meta"):
        return graphs.tensorflow(stream.read(), path.name)
    if CHECKPOINT_PART.search(path.name):
        return data_only("TensorFlow checkpoint", "raw numbers; names and types stand in its index")
    if suffix == ".index" and _ends_with(stream, size, SSTABLE):
        return data_only("TensorFlow checkpoint", "names, types and places of numbers")
    if pickles.reads_as_pickle(stream, size):  # protocol 0 and 1 have no mark
        return pickles.inspect(stream, size)
    if b"\0" not in head and _is_text(head):
        return no_model("text", "nothing that a model loader executes")
    return not_scanned("unknown format", "no check knows this format")


def _packed(stream: BinaryIO, kind: str, path: PurePosixPath, depth: int) -> Inspection:
    """Look into a compressed file, of which no more is unpacked than the limit."""
    try:
        if kind == "zlib":
            data = zlib.decompressobj().decompress(stream.read(), MAX_UNPACKED + 1)
        else:
            with _unpacker(stream, kind) as opened:
                data = opened.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        return not_scanned(f"{kind} file", f"it cannot be unpacked: {error}")
    if len(data) > MAX_UNPACKED:
        return not_scanned(f"{kind} file", f"it unpacks to more than {MAX_UNPACKED // 1024**2} MiB")
    inner = path.with_suffix("") if path.suffix.lower() in (".gz", ".bz2", ".xz") else path
    found = inspect(io.BytesIO(data), inner.name, len(data), depth + 1)
    return Inspection(
        f"{found.format}, {kind}",
        found.state,
        found.reason,
        found.imports,
        found.dangers,
        found.names,
        found.model,
    )


def _unpacker(stream: BinaryIO, kind: str) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=stream)
    return bz2.BZ2File(stream) if kind == "bzip2" else lzma.LZMAFile(stream)


def _safetensors(stream: BinaryIO, size: int) -> Inspection:
    length = int.from_bytes(stream.read(8), "little")
    if length > min(size - 8, 100 * 1024**2):
        return not_scanned("safetensors", "its header is cut off or too long")
    header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        return not_scanned("safetensors", "its header is not an object")
    arrays = len(header) - ("__metadata__" in header)
    return data_only("safetensors", f"{arrays} arrays of numbers behind a JSON header")


def _json(stream: BinaryIO, name: str, size: int) -> Inspection:
    if size > MAX_JSON:
        return not_scanned("JSON", f"it is larger than {MAX_JSON // 1024**2} MiB")
    data = json.loads(stream.read())
    if isinstance(data, dict) and ("modelTopology" in data or "weightsManifest" in data):
        return graphs.tensorflow_js(data)
    dangers = tuple(keras_config.dangers(data))
    if isinstance(data, dict) and "class_name" in data:
        return Inspection(
            "Keras configuration", "scanned", "the configuration of each layer was read", dangers=dangers
        )
    return no_model("JSON", "neither a graph nor layers")


def _ends_with(stream: BinaryIO, size: int, ending: bytes) -> bool:
    stream.seek(max(0, size - len(ending)))
    found = stream.read() == ending
    stream.seek(0)
    return found


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a character cut in two at the end of the piece
    return True
