"""Keras archives (`.keras`): `metadata.json`, the model's name, and license-like files.

Keys: `metadata.NAME`, `config.class_name`, `config.name`, `files`, `files/NAME`.
"""

from __future__ import annotations

import re

from maxctl.runtimes.metadata import json_text, keras_config, zipped
from maxctl.runtimes.metadata.source import PIECE_BYTES, VALUE_BYTES, DamagedError, Found, Source

_NONE = re.compile(r"(?!)")


def read(source: Source, found: Found) -> None:
    """Find what the archive says; raises `DamagedError`."""
    wanted = {
        member.name: member
        for member in zipped.members(source)
        if member.name in ("metadata.json", "config.json")
    }
    if "metadata.json" in wanted:
        data = zipped.content(source, wanted["metadata.json"], VALUE_BYTES)
        metadata = json_text.parse(data)
        if not isinstance(metadata, json_text.Pairs):
            raise DamagedError("metadata.json is no JSON object")
        for key, value in metadata:
            if isinstance(value, str):
                found.add(f"metadata.{key}", value)
    if "config.json" in wanted:
        keras_config.name(zipped.content(source, wanted["config.json"], PIECE_BYTES), found)
    zipped.licenses(source, found, _NONE)
