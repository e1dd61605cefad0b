"""Tell model files from other files, by name and first bytes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

HEAD = 4096
PICKLE_NAMES = frozenset(
    {
        ".pkl",
        ".pickle",
        ".joblib",
        ".dill",
        ".cloudpickle",
        ".sav",
        ".pt",
        ".pth",
        ".pdparams",
        ".debug_pkl",
    }
)
ALWAYS_MODEL = PICKLE_NAMES | {
    ".npy",
    ".npz",
    ".h5",
    ".hdf5",
    ".keras",
    ".pb",
    ".onnx",
    ".tflite",
    ".safetensors",
    ".ckpt",
    ".gguf",
    ".ggml",
    ".caffemodel",
    ".mlmodel",
    ".pdmodel",
    ".t7",
    ".mar",
    ".nemo",
    ".ort",
    ".pte",
    ".ptl",
}
MAYBE_MODEL = frozenset({".bin", ".dat", ".data", ".model", ".params", ".weights", ".meta", ".index"})
CHECKPOINT_PART = re.compile(r"\.data-\d{5}-of-\d{5}$")
HDF5 = b"\x89HDF\r\n\x1a\n"
NUMPY = b"\x93NUMPY"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
FLAT_BUFFERS = (b"TFL3", b"ORTM")
JSON_KEYS = (b'"modelTopology"', b'"weightsManifest"', b'"class_name"')


def worth(name: str, head: bytes) -> bool:
    """Tell whether a file, by its name or its first bytes, is or may be a model file."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    return (
        suffix in ALWAYS_MODEL | MAYBE_MODEL
        or bool(CHECKPOINT_PART.search(name))
        or head.startswith((HDF5, NUMPY, *ZIP))
        or head[4:8] in FLAT_BUFFERS
        or is_pickle(head)
        or (
            suffix == ".json"
            and (path.name in ("model.json", "config.json") or any(k in head for k in JSON_KEYS))
        )
    )


def is_pickle(head: bytes) -> bool:
    """Tell whether bytes begin like a pickle of protocol 2 or later; older ones have no mark."""
    return len(head) > 1 and head[0] == 0x80 and head[1] <= 5
