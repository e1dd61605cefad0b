"""Model formats: recognise, inspect, convert. Importing this imports no framework."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

from maxctl.runtimes.interface import Format, ModelFormatError

FORMATS = {
    "tfjs-graph-model": "maxctl.runtimes.tfjs",
    "saved-model": "maxctl.runtimes.saved_model",
    "keras": "maxctl.runtimes.keras",
    "graph-def": "maxctl.runtimes.graph_def",
    "torch-export": "maxctl.runtimes.torch_export",
    "torchscript": "maxctl.runtimes.torchscript",
    "scikit-learn": "maxctl.runtimes.sklearn",
    "litert": "maxctl.runtimes.litert",
    "onnx": "maxctl.runtimes.onnx",
    "openvino": "maxctl.runtimes.openvino",
}


def format_named(name: str) -> Format:
    """Return the module of a format; raises `ModelFormatError` that lists the known ones."""
    module = FORMATS.get(name)
    if module is None:
        raise ModelFormatError(f"unknown model format `{name}`", hint=f"known formats: {', '.join(FORMATS)}")
    return cast(Format, importlib.import_module(module))


def recognise(path: Path) -> str | None:
    """Return the name of the format of a file or folder, or None. Reads files only, and little of them."""
    return next((name for name in FORMATS if format_named(name).recognise(path)), None)


def known(path: Path) -> str:
    """Return the name of the format; raises `ModelFormatError` where none is recognised."""
    name = recognise(path) if path.exists() else None
    if name is None:
        what = "is not there" if not path.exists() else "is of no known model format"
        raise ModelFormatError(f"{path} {what}", hint=f"known formats: {', '.join(FORMATS)}")
    return name
