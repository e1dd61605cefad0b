"""The one door to TensorFlow: slow (5 s, 525 MB), talkative, and to be opened in a child process only."""

from __future__ import annotations

import importlib
import os
from typing import Any

from maxctl.runtimes.interface import FrameworkMissingError


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
