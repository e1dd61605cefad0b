"""The table of formats, and how one is recognised: by magic first, by name second."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maxctl.runtimes.metadata import zipped
from maxctl.runtimes.metadata.source import DamagedError, Source

HEAD = 4096
_ZIP = re.compile(rb"PK\x03\x04|PK\x05\x06")
_PICKLE = re.compile(r"(^|/)data\.pkl$")
_GRAPH = re.compile(rb'(?s)\s*\{.*"(modelTopology|weightsManifest)"')
_NET = re.compile(rb"(?s)(\xef\xbb\xbf)?\s*<.*(?<=<)net\s")


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `magic` alone decides (a zip also needs the `member`), else `name`, and `head` where given."""

    name: str
    module: str
    file_name: re.Pattern[str]
    magic: re.Pattern[bytes] | None = None
    member: re.Pattern[str] | None = None
    head: re.Pattern[bytes] | None = None


FORMATS = (
    Format("TFLite", "tflite", re.compile(r"(?i)\.(tflite|lite)$"), re.compile(rb"(?s).{4}TFL3")),
    Format("GGUF", "gguf", re.compile(r"(?i)\.gguf$"), re.compile(rb"GGUF")),
    Format("HDF5", "hdf5", re.compile(r"(?i)\.(h5|hdf5)$"), re.compile(rb"\x89HDF\r\n\x1a\n")),
    Format("PyTorch archive", "pytorch", re.compile(r"(?i)\.(pt|pth|ptl|ckpt)$"), _ZIP, _PICKLE, _ZIP),
    Format("Keras archive", "keras_archive", re.compile(r"(?i)\.keras$"), _ZIP, re.compile(r"^config\.json$")),
    Format("safetensors", "safetensors", re.compile(r"(?i)\.safetensors$")),
    Format("ONNX", "onnx", re.compile(r"(?i)\.onnx$")),
    Format("TensorFlow SavedModel", "saved_model", re.compile(r"^saved_model\.pb$")),
    Format("Core ML", "coreml", re.compile(r"(?i)\.mlmodel$")),
    Format("TensorFlow.js", "tfjs", re.compile(r"(?i)\.json$"), head=_GRAPH),
    Format("OpenVINO IR", "openvino", re.compile(r"(?i)\.xml$"), head=_NET),
)  # fmt: skip
POINTER = Format("Git LFS pointer", "", re.compile(r"(?!)"))
"""What stands in the place of a weight file in a checkout without Git LFS."""
_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\s")


def recognise(source: Source, name: str) -> Format | None:
    """Return the format of a file with this name, or None. Raises `OSError`."""
    head = source.at(0, min(HEAD, source.size))
    if _POINTER.match(head):
        return POINTER if by_name(name, None) else None
    return _by_content(source, head) or by_name(name, head)


def by_name(name: str, head: bytes | None) -> Format | None:
    """Return the format that a name speaks of, or None; where the first bytes are unknown, the name must suffice."""
    for format_ in FORMATS:
        # a .json or .xml may be anything; a .pt is a model, though maybe a mere pickle
        fits = format_.head in (None, _ZIP) if head is None else not format_.head or format_.head.match(head)
        if fits and format_.file_name.search(name):
            return format_
    return None


def _by_content(source: Source, head: bytes) -> Format | None:
    matching = [format_ for format_ in FORMATS if format_.magic and format_.magic.match(head)]
    if not any(format_.member for format_ in matching):
        return matching[0] if matching else None
    try:
        for member in zipped.members(source):
            for format_ in matching:
                if format_.member and format_.member.search(member.name):
                    return format_
    except DamagedError:
        pass  # told when it is read, if its name is that of a model
    return None
