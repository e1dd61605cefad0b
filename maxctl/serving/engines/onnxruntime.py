"""ONNX Runtime: an `.onnx` file, computed by its CPU kernels in float32."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

from .interface import Array, Engine, EngineError, Signature, TensorSpec

# names of ONNX Runtime -> of NumPy, where they differ
_DTYPES = {"float": "float32", "double": "float64", "string": "object"}
_UNKNOWN_OPERATOR = re.compile(
    r"(?P<name>[\w.:]+)\(-?\d+\) is not a registered function/op"
    r"|No Op registered for (?P<unregistered>[\w.:]+)"
    r"|Could not find an implementation for (?P<kernel>[\w.:]+)"
)


class ONNXRuntimeEngine(Engine):
    """One session. Its `run` may be called by several threads, each of which computes its own request."""

    name: ClassVar[str] = "onnxruntime"
    shareable: ClassVar[bool] = True

    def __init__(self, session: Any, refused: type[Exception]) -> None:
        self._session = session
        self._refused = refused
        self._signature = Signature(_specs(session.get_inputs()), _specs(session.get_outputs()))
        self._outputs = list(self._signature.outputs)

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Return the model in a session with `threads` threads for one request, the caller's among them."""
        import onnxruntime  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from onnxruntime.capi import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
            onnxruntime_pybind11_state as state,
        )

        if not path.is_file():
            raise EngineError(f"{path}: no such file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        # The default today, written down since the level decides the last digits: fusion reorders sums. Only
        # this level lays convolutions out by blocks, which makes them twice as fast.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        # threads that spin for work take the CPU from other requests
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        # float32 stays float32, also on CPUs that are faster in bfloat16
        options.add_session_config_entry("mlas.enable_gemm_fastmath_arm64_bfloat16", "0")
        options.log_severity_level = 3  # errors only: its warnings are about shapes and unused weights
        try:
            session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no other base
            raise EngineError(f"{path}: {_why(str(error))}") from error
        return cls(session, state.InvalidArgument)

    @classmethod
    def version(cls) -> str:
        """Return the version of onnxruntime."""
        return version("onnxruntime")

    @property
    def signature(self) -> Signature:
        """Return the names, types and shapes of inputs and outputs."""
        return self._signature

    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs as arrays of the caller's own; ValueError where an input does not fit the model."""
        try:
            answers = self._session.run(self._outputs, dict(inputs))
        except self._refused as error:
            raise ValueError(f"ONNX Runtime refuses the inputs: {_first_line(str(error))}") from error
        return dict(zip(self._outputs, answers, strict=True))


def _why(message: str) -> str:
    if found := _UNKNOWN_OPERATOR.search(message):
        operator = next(name for name in found.groups() if name)
        return f"ONNX Runtime has no operator {operator}; not in this version, or not for these types"
    return f"ONNX Runtime cannot load it ({_first_line(message)})"


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "no message")


def _specs(tensors: Any) -> dict[str, TensorSpec]:
    """Return names, types and shapes; EngineError for what is no tensor."""
    specs = {}
    for tensor in tensors:
        found = re.fullmatch(r"tensor\((\w+)\)", tensor.type)
        if found is None:
            raise EngineError(
                f"`{tensor.name}` is a {tensor.type}, and a service takes and gives tensors only"
            )
        dtype = found.group(1)
        shape = tuple(size if isinstance(size, int) and size >= 0 else None for size in tensor.shape or ())
        specs[tensor.name] = TensorSpec(_DTYPES.get(dtype, dtype), shape)
    return specs
