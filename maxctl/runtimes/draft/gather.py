"""Reads what guesses are made from: the model's files, and those beside it. Runs nothing, imports no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from maxctl.runtimes.draft import companions
from maxctl.runtimes.draft.facts import Evidence, Facts


def facts_of(path: Path, found: Mapping[str, Any]) -> Facts:
    """Return the facts of a model at `path`, whose description (`ModelDescription.to_json`) is `found`."""
    read = _READERS.get(found["format"])
    own = read(path) if read else {}
    labels = [
        *own.pop("labels", []),
        *companions.labels_in(found.get("metadata", {})),
        *companions.label_lists(path),
    ]
    words = " ".join((own.pop("words", ""), companions.readme(path)))
    evidence = Evidence(
        **own,
        labels=labels,
        words=words,
        documents=companions.documents(path),
        tokenizer=companions.tokenizer(path),
    )
    return Facts.of(found, path.name, evidence)


def _onnx(path: Path) -> dict[str, Any]:
    from maxctl.runtimes.draft.onnx_facts import onnx_facts

    return onnx_facts(path)


def _tflite(path: Path) -> dict[str, Any]:
    from maxctl.runtimes.draft.tflite_facts import tflite_facts

    return tflite_facts(path)


def _tfjs(path: Path) -> dict[str, Any]:
    from maxctl.runtimes.draft.tfjs_graph import tfjs_facts

    return tfjs_facts(path)


def _openvino(path: Path) -> dict[str, Any]:
    from maxctl.runtimes.draft.openvino_facts import openvino_facts

    return openvino_facts(path)


def _torch(path: Path) -> dict[str, Any]:
    from maxctl.runtimes import torch_export
    from maxctl.runtimes.draft.wired_facts import wired_facts

    return wired_facts(torch_export.wiring(path))


def _keras(path: Path) -> dict[str, Any]:
    from maxctl.runtimes import keras
    from maxctl.runtimes.draft.wired_facts import wired_facts

    return wired_facts(keras.wiring(path))


_READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "onnx": _onnx,
    "litert": _tflite,
    "openvino": _openvino,
    "tfjs-graph-model": _tfjs,
    "torch-export": _torch,
    "keras": _keras,
}
"""What reads the files of a format beyond its description; for the others the description has to do."""
