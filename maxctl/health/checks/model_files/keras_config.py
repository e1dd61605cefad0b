"""Keras configurations, as JSON: layers that carry Python code, or that import something when loaded."""

from __future__ import annotations

from typing import Any

from maxctl.health.checks.model_files.inspection import Danger
from maxctl.runtimes import keras_config

_CODES = {"code": "CHK404", "file": "CHK405"}


def dangers(config: Any) -> list[Danger]:
    """Return what loading a model of this configuration would execute; each thing once, in order of name."""
    return [Danger(_CODES[danger.kind], "error", danger.message) for danger in keras_config.dangers(config)]
