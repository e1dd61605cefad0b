"""Core ML: the metadata of the model's description. Its weights are jumped over.

Keys: `shortDescription`, `versionString`, `author`, `license`, `userDefined.NAME`.
"""

from __future__ import annotations

from maxctl.runtimes.metadata import protobuf
from maxctl.runtimes.metadata.source import Found, Source

_DESCRIPTION, _METADATA = 2, 100
_KEYS = {1: "shortDescription", 2: "versionString", 3: "author", 4: "license"}


def read(source: Source, found: Found) -> None:
    """Find what the model says; raises `DamagedError`."""
    whole = protobuf.whole(source)
    for described in protobuf.fields(source, whole.start, whole.count):
        if described.number != _DESCRIPTION or not described.holds_bytes:
            continue
        for metadata in protobuf.fields(source, described.start, described.count):
            if metadata.number == _METADATA and metadata.holds_bytes:
                protobuf.texts(source, found, metadata, _KEYS, {100: "userDefined"})
