"""TensorFlow.js `model.json`: who made it, and what its author added. Graph and layers are jumped over.

Keys: `format`, `generatedBy`, `convertedBy`, `userDefinedMetadata.NAME`, `config.class_name`, `config.name`.
"""

from __future__ import annotations

import json

from maxctl.runtimes.metadata import json_text, keras_config
from maxctl.runtimes.metadata.source import PIECE_BYTES, VALUE_BYTES, DamagedError, Found, Source


def read(source: Source, found: Found) -> None:
    """Find what the model says; raises `DamagedError`."""
    data = source.beginning(0, source.size, PIECE_BYTES)
    for key in ("format", "generatedBy", "convertedBy"):
        found.add(key, json_text.string(data, key))
    raw = json_text.find(data, "userDefinedMetadata")
    if raw is not None and len(raw) > 4 * VALUE_BYTES:
        raise DamagedError("its userDefinedMetadata is too long")
    metadata = json_text.parse(raw) if raw is not None else []
    for key, value in metadata if isinstance(metadata, json_text.Pairs) else ():
        # the signature describes tensors
        if key != "signature":
            found.add(f"userDefinedMetadata.{key}", value if isinstance(value, str) else json.dumps(value))
    config = json_text.find(data, "modelTopology", "model_config")
    if config is not None:
        keras_config.name(config, found)
