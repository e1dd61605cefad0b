"""The one door to TensorFlow and PyTorch: slow (5 s, 525 MB), talkative, and to be opened in a child process only."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
from collections.abc import Iterator
from typing import Any

from maxctl.runtimes.interface import ConversionError, FrameworkMissingError, ModelFormatError


def tensorflow() -> Any:
    """Return the module `tensorflow`, quiet and on the CPU; raises `FrameworkMissingError`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    # oneDNN picks its kernels, and with them the last digits of folded constants, by the CPU it finds
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    try:
        return importlib.import_module("tensorflow")
    except ImportError as error:
        raise FrameworkMissingError(
            f"TensorFlow cannot be imported: {error}", hint="pip install 'maxctl[tensorflow]'"
        ) from error


def tensorflow_module(name: str) -> Any:
    """Return a module inside TensorFlow, such as `core.framework.graph_pb2`."""
    tensorflow()
    return importlib.import_module(f"tensorflow.{name}")


def protobuf(name: str) -> Any:
    """Return a module of Google's protobuf package, which comes with TensorFlow."""
    try:
        return importlib.import_module(f"google.protobuf.{name}")
    except ImportError as error:
        raise FrameworkMissingError(str(error), hint="pip install 'maxctl[tensorflow]'") from error


def torch() -> Any:
    """Return the module `torch`, quiet, on one thread and the CPU; raises `FrameworkMissingError`."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    try:
        module: Any = importlib.import_module("torch")
        for name in ("onnx", "onnxscript"):
            importlib.import_module(name)
    except ImportError as error:
        raise FrameworkMissingError(
            f"PyTorch's exporter cannot be imported: {error}", hint="pip install 'maxctl[torch]'"
        ) from error
    logging.getLogger("torch").setLevel(logging.ERROR)
    module.set_num_threads(1)
    return module


@contextlib.contextmanager
def one_line(framework: str, name: str, hint: str) -> Iterator[None]:
    """Raise whatever a framework raises over a file as one error of this family, in one line."""
    try:
        yield
    except ModelFormatError:
        raise
    except Exception as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ConversionError(f"{framework} cannot take {name}: {first[:500]}", hint=hint) from error
