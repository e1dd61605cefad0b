"""The files that a model consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maxctl.runtimes import format_named
from maxctl.runtimes.interface import ModelFormatError

MOST = 2_000


def files_of(path: Path, found: Mapping[str, Any]) -> tuple[list[Path], Path]:
    """Return the model's files, its entry first, and the folder that their paths begin at.

    `found` is the model's description. A format whose module has a function `files(path)` is asked; else they
    are every file of a folder, or the file and those that it names beside itself. Raises `ModelFormatError`.
    """
    module = format_named(found["format"])
    ask = getattr(module, "files", None)
    if ask is not None:
        listed = [Path(one) for one in ask(path)]
    elif path.is_dir():
        listed = _of_folder(path, found["format"])
    else:
        listed = [path, *_beside(path, found)]
    top = path if path.is_dir() else path.parent
    missing = next((one for one in listed if not one.is_file()), None)
    if missing is not None:
        raise ModelFormatError(
            f"{path.name} names {missing.name}, which is not there", hint="put the file beside the model"
        )
    return listed, top


def _of_folder(path: Path, kind: str) -> list[Path]:
    if kind == "tfjs-graph-model":
        return [path / "model.json", *_beside(path / "model.json", {"format": kind})]
    if kind == "openvino":
        entry = next(iter(sorted(path.glob("*.xml"))))
        return [entry, *_beside(entry, {"format": kind})]
    listed = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
    if len(listed) > MOST:
        raise ModelFormatError(f"{path} holds {len(listed)} files", hint="name the model's own folder")
    return listed


def _beside(path: Path, found: Mapping[str, Any]) -> list[Path]:
    """Return the files that the entry file names: shards, weights, external data."""
    if found["format"] == "tfjs-graph-model":
        groups = json.loads(path.read_bytes())["weightsManifest"]
        return [path.parent / name for group in groups for name in group["paths"]]
    if found["format"] == "openvino":
        weights = path.with_suffix(".bin")
        return [weights] if weights.is_file() else []
    external = str(found.get("metadata", {}).get("external_data", ""))
    return [path.parent / name for name in external.split(", ") if name]
