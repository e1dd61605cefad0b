"""The application: every route of one service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from . import error_responses, health, max_api, open_inference, openapi, pages, swagger2
from .config import ServiceConfig
from .direct import Direct
from .envelope import Envelope
from .errors import ServingError
from .service import Service
from .settings import Settings


class Application(FastAPI):
    """FastAPI for the routes and their documents, with what surrounds every request in front of it."""

    entry: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self.entry(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by FastAPI's own routing."""
        await super().__call__(scope, receive, send)


def create_app(config: ServiceConfig, folder: Path, settings: Settings) -> Application:
    """Return the ASGI application for the service in `folder`; its model loads once the application starts.

    Raises `StartupError` where the labels cannot be read. `app.state.service` is the `Service`.
    """
    service = Service(config, folder, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(service.load())
        yield
        await loading
        service.close()

    app = Application(
        title=config.api.title,
        description=config.api.description,
        version=config.api.version,
        license_info={"name": config.metadata.license, "identifier": config.metadata.license},
        openapi_tags=openapi.TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.service = service
    app.include_router(max_api.router(service))
    app.include_router(health.router(service))
    app.include_router(open_inference.router(service))
    openapi.add(app)
    swagger2.add(app, service)
    pages.add(app, service)
    app.add_exception_handler(ServingError, error_responses.refused)
    app.add_exception_handler(HTTPException, error_responses.not_routed)
    app.add_exception_handler(ClientDisconnect, error_responses.client_gone)
    direct = {**max_api.direct(service), **open_inference.direct(service)}
    app.entry = Envelope(Direct(app.routed, direct), metrics=service.metrics)
    if settings.cors_origins:
        # outermost, so that a page may read refusals too
        app.entry = CORSMiddleware(
            app.entry,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    return app
