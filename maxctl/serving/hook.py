"""A service's own Python, for what no declared step does: a file beside service.json with one or two functions.

    def prepare(value, parameters):            # instead of the rest of the preprocessing
        return {"input_ids": array}            # the model's inputs by name, first axis: the items

    def answer(outputs, value, parameters):    # between the model and the task
        return {"scores": array}               # by the task's roles; for task `custom` the answer itself

`value` is what the declared steps have made of the input, `outputs` the model's outputs by name.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StartupError
from .steps.options import Array

Prepare = Callable[[Any, Mapping[str, float]], Mapping[str, Array]]
Answer = Callable[[Mapping[str, Array], Any, Mapping[str, float]], Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """The functions that the file defines."""

    prepare: Prepare | None = None
    answer: Answer | None = None


def load(path: Path) -> Hook:
    """Return the functions of a hook file; `StartupError` where it cannot be run or defines none of them."""
    spec = importlib.util.spec_from_file_location("service_hook", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise StartupError(f"{path}: there is no such hook")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise StartupError(f"{path}: the hook cannot be run: {type(error).__name__}: {error}") from error
    found = {name: getattr(module, name, None) for name in ("prepare", "answer")}
    for name, function in found.items():
        if function is not None and not callable(function):
            raise StartupError(f"{path}: {name} must be a function")
    if not any(found.values()):
        raise StartupError(
            f"{path}: must define prepare(value, parameters) or answer(outputs, value, parameters)"
        )
    return Hook(**found)
