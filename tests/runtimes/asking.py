"""Requests to the worker that several tests of formats make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Ask = Callable[[dict[str, Any]], dict[str, Any]]


def answers(result: Ask, model: Path, folder: Path, **inputs: Any) -> dict[str, Any]:
    """Return what a model answers, by output; `folder` is made, and takes the arrays on their way."""
    folder.mkdir()
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
    paths = {name: str(folder / f"{name}.npy") for name in inputs}
    told = result({"do": "infer", "model": str(model), "inputs": paths, "out": str(folder)})
    return {name: np.load(written["path"]) for name, written in told["outputs"].items()}


def convert(result: Ask, model: Path, engine: str, out: Path) -> None:
    """Convert a model for another engine."""
    result({"do": "convert", "model": str(model), "to": engine, "out": str(out)})
