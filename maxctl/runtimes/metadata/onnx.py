"""ONNX: who made it, its documentation, and its properties. The graph is jumped over.

Keys: `producer_name`, `producer_version`, `domain`, `doc_string`, `metadata_props.NAME`.
"""

from __future__ import annotations

from maxctl.runtimes.metadata import protobuf
from maxctl.runtimes.metadata.source import Found, Source

_KEYS = {2: "producer_name", 3: "producer_version", 4: "domain", 6: "doc_string"}


def read(source: Source, found: Found) -> None:
    """Find what the model says; raises `DamagedError`."""
    protobuf.texts(source, found, protobuf.whole(source), _KEYS, {14: "metadata_props"})
