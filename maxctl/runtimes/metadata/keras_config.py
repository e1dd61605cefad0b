"""The name of a Keras model, from its configuration as JSON: nothing else in there tells where it comes from."""

from __future__ import annotations

from maxctl.runtimes.metadata import json_text
from maxctl.runtimes.metadata.source import Found


def name(config: bytes, found: Found) -> None:
    """Find class and name of the model; raises `DamagedError`."""
    found.add("config.class_name", json_text.string(config, "class_name"))
    found.add("config.name", json_text.string(config, "config", "name"))
