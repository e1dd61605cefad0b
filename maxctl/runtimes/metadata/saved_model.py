"""TensorFlow SavedModel: the tags and the TensorFlow version of each graph. The graphs are jumped over.

Keys: `tags`, `tensorflow_version`, once for each graph.
"""

from __future__ import annotations

from maxctl.runtimes.metadata import protobuf
from maxctl.runtimes.metadata.source import VALUE_BYTES, Found, Source

_META_GRAPH, _META_INFO, _TAG, _VERSION = 2, 1, 4, 5


def read(source: Source, found: Found) -> None:
    """Find what the model says; raises `DamagedError`."""
    whole = protobuf.whole(source)
    for graph in protobuf.fields(source, whole.start, whole.count):
        if graph.number != _META_GRAPH or not graph.holds_bytes:
            continue
        for info in protobuf.fields(source, graph.start, graph.count):
            if info.number == _META_INFO and info.holds_bytes:
                _meta_info(source, found, info)
                break  # what follows is the graph itself


def _meta_info(source: Source, found: Found, info: protobuf.Field) -> None:
    tags: list[bytes] = []
    for field in protobuf.fields(source, info.start, info.count):
        if not field.holds_bytes:
            continue
        if field.number == _TAG and sum(map(len, tags)) < VALUE_BYTES and len(tags) < 100:
            tags.append(source.beginning(field.start, field.count))
        elif field.number == _VERSION:
            found.add("tensorflow_version", source.beginning(field.start, field.count))
    found.add("tags", b" ".join(tags))
