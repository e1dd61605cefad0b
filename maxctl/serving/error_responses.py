"""Every refusal as JSON: the Model Asset eXchange's shape, below `/v2` the Open Inference Protocol's."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .errors import ServingError
from .json_response import json_response

CLIENT_CLOSED = 499  # nobody reads it; it is what the metrics count
INTERNAL = "Internal Server Error"


def error_body(path: str, message: str, errors: dict[str, str] | None = None, **more: str) -> dict[str, Any]:
    """Return the body of a refusal for a path."""
    if path == "/v2" or path.startswith("/v2/"):
        return {"error": "; ".join([message, *(f"{name}: {why}" for name, why in (errors or {}).items())])}
    return {"status": "error", "message": message, **({"errors": errors} if errors else {}), **more}


async def refused(request: Request, error: Exception) -> Response:
    """Answer a `ServingError`."""
    assert isinstance(error, ServingError)
    body = error_body(request.url.path, error.message, error.errors)
    return json_response(body, error.status, dict(error.headers))


async def not_routed(request: Request, error: Exception) -> Response:
    """Answer an unknown path or a wrong method, which the framework raises."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        message = f"There is nothing at {request.url.path[:200]}; / lists what there is"
    elif error.status_code == 405:
        # the framework names the methods of the first route it met
        message = f"{request.method} is not allowed here; {headers.get('Allow', 'another method')} is"
    else:
        message = str(error.detail)
    return json_response(error_body(request.url.path, message), error.status_code, headers)


async def client_gone(request: Request, error: Exception) -> Response:
    """Answer a client that has hung up while its body was read."""
    return Response(status_code=CLIENT_CLOSED)


def internal_error(path: str, request_id: str) -> Response:
    """Answer a fault of the service's own: the log has the traceback under the same request id."""
    body = error_body(path, INTERNAL, request_id=request_id)
    return json_response(body, 500)
