"""safetensors: the `__metadata__` of its header. The tensors are jumped over.

Keys: `__metadata__.NAME`.
"""

from __future__ import annotations

import json

from maxctl.runtimes.metadata import json_text
from maxctl.runtimes.metadata.source import PIECE_BYTES, VALUE_BYTES, DamagedError, Found, Source

_LONGEST = 16 * VALUE_BYTES


def read(source: Source, found: Found) -> None:
    """Find what the header says; raises `DamagedError`."""
    length = source.number(0, 8)
    if length > source.size - 8:
        raise DamagedError("its header is cut off, or its length is wrong")
    header = source.beginning(8, length, PIECE_BYTES)
    if not header.lstrip().startswith(b"{"):
        raise DamagedError("its header is no JSON object")
    raw = json_text.find(header, "__metadata__")
    if raw is None:
        return
    if len(raw) > _LONGEST:
        raise DamagedError(f"its metadata has more than {_LONGEST} bytes")
    metadata = json_text.parse(raw)
    if not isinstance(metadata, json_text.Pairs):
        raise DamagedError("its metadata is no JSON object")
    for key, value in metadata:
        # the format allows strings only; what else stands there is shown as it stands
        found.add(f"__metadata__.{key}", value if isinstance(value, str) else json.dumps(value))
