"""JSON as the Model Asset eXchange sent it: ending with a newline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from .errors import NoAnswerError


def encode(value: Any) -> bytes:
    """Return compact JSON and a newline.

    NaN raises `NoAnswerError`, a ValueError: no JSON parser of a caller would read it.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    except ValueError:
        raise NoAnswerError("the model's answer holds values that are no numbers") from None


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with the value as JSON; bytes are taken as encoded already."""
    content = value if isinstance(value, bytes) else encode(value)
    return Response(content, status, headers, media_type="application/json")
