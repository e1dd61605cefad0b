"""LiteRT (once TensorFlow Lite): a `.tflite` file, computed by XNNPACK."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from .interface import Array, Engine, EngineError, Signature, TensorSpec

DEFAULT_SIGNATURE = "serving_default"


class LiteRTEngine(Engine):
    """A model called through its signature, so that names are those of the SavedModel it came from."""

    name: ClassVar[str] = "litert"

    def __init__(self, interpreter: Any, signature_key: str) -> None:
        # a runner does not keep its interpreter alive
        self._interpreter = interpreter
        self._runner = interpreter.get_signature_runner(signature_key)
        self._signature = Signature(
            _specs(self._runner.get_input_details()), _specs(self._runner.get_output_details())
        )

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Return the model with `threads` threads pinned, as their number may change the last digits."""
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped,unused-ignore]

        if not path.is_file():
            raise EngineError(f"{path}: no such file")
        try:
            interpreter = Interpreter(model_path=str(path), num_threads=threads)
            keys = list(interpreter.get_signature_list())
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"{path}: LiteRT cannot load it ({error})") from error
        if DEFAULT_SIGNATURE not in keys and len(keys) != 1:
            raise EngineError(
                f"{path}: needs a signature called {DEFAULT_SIGNATURE}, or a single one; it has: "
                f"{', '.join(keys) or 'none'}; convert it from a SavedModel"
            )
        return cls(interpreter, DEFAULT_SIGNATURE if DEFAULT_SIGNATURE in keys else keys[0])

    @classmethod
    def version(cls) -> str:
        """Return the version of ai-edge-litert."""
        return version("ai-edge-litert")

    @property
    def signature(self) -> Signature:
        """Return the names, types and shapes of inputs and outputs."""
        return self._signature

    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs; the runner hands out copies, so the next call does not change them."""
        outputs: dict[str, Array] = self._runner(**inputs)
        return outputs


def _specs(details: Mapping[str, Mapping[str, Any]]) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec(
            np.dtype(detail["dtype"]).name,
            tuple(None if size < 0 else int(size) for size in detail["shape_signature"]),
        )
        for name, detail in details.items()
    }
