"""The engines by name. A name is known without its framework being imported; `find` imports it."""

from __future__ import annotations

from importlib import import_module

from .interface import Engine, Signature, TensorSpec

__all__ = ["Engine", "Signature", "TensorSpec", "find", "names", "register"]

_BUILT_IN = {
    "litert": (".litert", "LiteRTEngine"),
    "onnxruntime": (".onnxruntime", "ONNXRuntimeEngine"),
    "openvino": (".openvino", "OpenVINOEngine"),
    "tensorflow": (".tensorflow", "TensorFlowEngine"),
}
_registered: dict[str, type[Engine]] = {}


def names() -> list[str]:
    """Return every name that `service.json` may give an engine."""
    return sorted({*_BUILT_IN, *_registered})


def register(name: str, engine: type[Engine]) -> None:
    """Make another engine known: for tests, and for a service with a runtime of its own."""
    _registered[name] = engine


def find(name: str) -> type[Engine]:
    """Return the engine's class, importing its framework's module; KeyError where there is no such name."""
    if name in _registered:
        return _registered[name]
    module, class_name = _BUILT_IN[name]
    found: type[Engine] = getattr(import_module(module, __package__), class_name)
    return found
