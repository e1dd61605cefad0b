"""TensorFlow: a SavedModel folder, for models that do not convert. Costs seconds and half a gigabyte."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar, Self

from .interface import Array, Engine, EngineError, Signature, TensorSpec

SIGNATURE = "serving_default"


class TensorFlowEngine(Engine):
    """A SavedModel's `serving_default`, in the precision it was saved with (float32)."""

    name: ClassVar[str] = "tensorflow"
    shareable: ClassVar[bool] = True
    own_threads: ClassVar[bool] = False

    def __init__(self, tensorflow: Any, model: Any) -> None:
        self._constant = tensorflow.constant
        self._model = model  # a signature does not keep the variables of its model alive
        self._function = model.signatures[SIGNATURE]
        inputs = self._function.structured_input_signature[1]
        self._signature = Signature(_specs(inputs), _specs(self._function.structured_outputs))

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Return the model. TensorFlow's thread pools belong to the process: the first load sets them."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
        import tensorflow  # type: ignore[import-untyped,unused-ignore]

        # only one thread inside an operation; several requests at once fill the other CPUs better
        with suppress(RuntimeError):  # TensorFlow runs already, in a program that uses it beside this engine
            tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        if not (path / "saved_model.pb").is_file():
            raise EngineError(f"{path}: no SavedModel (a folder with saved_model.pb)")
        try:
            model = tensorflow.saved_model.load(str(path))
        except (OSError, ValueError, RuntimeError, tensorflow.errors.OpError) as error:
            raise EngineError(f"{path}: TensorFlow cannot load it ({error})") from error
        if SIGNATURE not in model.signatures:
            there = ", ".join(model.signatures) or "none"
            raise EngineError(f"{path}: has no signature {SIGNATURE}; it has: {there}")
        return cls(tensorflow, model)

    @classmethod
    def version(cls) -> str:
        """Return the version of TensorFlow, under whichever of its package names it is installed."""
        for package in ("tensorflow", "tensorflow-cpu"):
            try:
                return version(package)
            except PackageNotFoundError:
                continue
        return "unknown"

    @property
    def signature(self) -> Signature:
        """Return the names, types and shapes of inputs and outputs."""
        return self._signature

    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs as arrays of the caller's own."""
        answers = self._function(**{name: self._constant(value) for name, value in inputs.items()})
        return {name: answer.numpy().copy() for name, answer in answers.items()}


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec(spec.dtype.name, tuple(spec.shape.as_list()) if spec.shape.rank is not None else ())
        for name, spec in tensors.items()
    }
