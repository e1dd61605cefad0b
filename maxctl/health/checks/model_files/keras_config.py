"""Keras configurations, as JSON: layers that carry Python code, or that import something when loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maxctl.health.checks.model_files.inspection import Danger

OWN_MODULES = frozenset(
    {"keras", "keras_core", "tf_keras", "keras_cv", "keras_nlp", "keras_hub", "tensorflow"}
)
FILE_FUNCTIONS = ("io.", "py_function", "numpy_function", "raw_ops.")


def dangers(config: Any) -> list[Danger]:
    """Return what loading a model of this configuration would execute; each thing once, in order of name."""
    return sorted(set(_walk(config)), key=lambda danger: (danger.code, danger.message))


def _walk(config: Any) -> Iterator[Danger]:
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            yield from _of_object(node)
        elif isinstance(node, list):
            waiting += node


def _of_object(node: dict[str, Any]) -> Iterator[Danger]:
    kind = node.get("class_name")
    if not isinstance(kind, str):
        return
    inner = node.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    called = f" `{name}`" if isinstance(name, str) else ""
    module = node.get("module")
    if kind in ("Lambda", "__lambda__") or kind.endswith(">Lambda"):
        if kind != "__lambda__":  # in Keras 3 it stands inside the Lambda layer, which is told already
            yield Danger(
                "CHK404", "error", f"the Lambda layer{called} runs Python code that is stored in the file"
            )
    elif kind in ("TFOpLambda", "SlicingOpLambda"):
        function = str(node.get("function") or (inner.get("function") if isinstance(inner, dict) else ""))
        if any(part in function for part in FILE_FUNCTIONS):
            yield Danger("CHK404", "error", f"the layer{called} calls tf.{function}")
    elif isinstance(module, str) and not _is_own(module, kind):
        # Keras imports `module` and takes `class_name` from it, whatever it is
        what = f"{module}.{inner if kind == 'function' and isinstance(inner, str) else kind}"
        yield Danger("CHK404", "error", f"loading it imports {what}, which is not part of Keras")


def _is_own(module: str, kind: str) -> bool:
    plain = module == "builtins" and kind in ("dict", "list", "tuple", "set", "slice", "str", "bytes")
    return not module or plain or module.partition(".")[0] in OWN_MODULES
