"""Small projects for tests: a valid spec as plain data, and folders made from text."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

SPEC: dict[str, Any] = {
    "schema_version": 1,
    "id": "tiny-detector",
    "name": "Tiny Detector",
    "version": "1.0.0",
    "description": "Finds things.",
    "type": "Object Detection",
    "task": "object-detection",
    "source": "https://example.org/tiny",
    "license": "Apache-2.0",
    "artifacts": [
        {"path": "model/model.json", "size": 2, "sha256": "0" * 64, "mirrors": ["file:upstream/model.json"]}
    ],
    "preparation": {
        "format": "tfjs-graph-model",
        "path": "model/model.json",
        "inputs": [
            {
                "name": "image",
                "tensor": "in:0",
                "dtype": "float32",
                "shape": [1, 4, 4, 3],
                "meaning": "a picture",
            }
        ],
        "outputs": [
            {"name": "boxes", "tensor": "b:0", "dtype": "float32", "shape": [1, 2, 4], "meaning": "boxes"},
            {"name": "scores", "tensor": "s:0", "dtype": "float32", "shape": [1, 2, 3], "meaning": "scores"},
        ],
    },
    "inference": {
        "engine": "litert",
        "preprocess": [{"step": "decode_image"}],
        "outputs": {"boxes": "boxes", "scores": "scores"},
        "postprocess": [{"step": "class_scores"}],
        "parameters": {"threshold": {"default": 0.7, "minimum": 0, "maximum": 1}},
    },
    "service": {"title": "Tiny Detector"},
}


def spec(**changes: Any) -> dict[str, Any]:
    """Return a valid spec as plain data, with top-level parts replaced."""
    return {**copy.deepcopy(SPEC), **changes}


def write_tree(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a folder and return the folder."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def project(root: Path, files: dict[str, str | bytes] | None = None, **changes: Any) -> Path:
    """Write a project with a valid spec and return its folder."""
    text = yaml.safe_dump(spec(**changes), sort_keys=False)
    return write_tree(root, {"model.yaml": text, **(files or {})})
