"""`/openapi.json`: OpenAPI 3.1 of every route."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from .json_response import encode, json_response

TAGS = [
    {"name": "model", "description": "Model information and inference operations"},
    {"name": "open-inference", "description": "The Open Inference Protocol, version 2"},
    {"name": "health", "description": "Health and metrics"},
]


def add(app: FastAPI) -> None:
    """Add the route; the document is made when first asked for."""
    document: list[bytes] = []

    async def openapi(_: Request) -> Response:
        if not document:
            document.append(encode(app.openapi()))
        return json_response(document[0])

    app.add_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
