"""Whether the process lives, whether the model is ready, and the metrics."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from .json_response import json_response
from .service import Service
from .shapes import ErrorResponse, Health


def router(service: Service) -> APIRouter:
    """Return the routes that orchestrators and Prometheus ask."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health/live", response_model=Health, operation_id="live", summary="Is the process alive?")
    async def live() -> Response:
        return json_response({"status": "ok"})

    @routes.get(
        "/health/ready",
        response_model=Health,
        operation_id="ready",
        summary="Is the model loaded and warm?",
        responses={503: {"model": ErrorResponse, "description": "Not yet"}},
    )
    async def ready() -> Response:
        service.require_ready()
        return json_response({"status": "ok"})

    @routes.get(
        "/metrics",
        operation_id="metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        return service.metrics.response()

    return routes
