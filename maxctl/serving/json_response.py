"""JSON as the Model Asset eXchange sent it: ending with a newline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response


def encode(value: Any) -> bytes:
    """Return compact JSON and a newline. NaN raises ValueError: no JSON parser of a caller would read it."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with the value as JSON; bytes are taken as encoded already."""
    content = value if isinstance(value, bytes) else encode(value)
    return Response(content, status, headers, media_type="application/json")
