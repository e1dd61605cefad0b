"""Predictions go past the framework's routing, which costs more than many a model: a dictionary finds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .error_responses import client_gone, refused
from .errors import ServingError

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """The handler of one address, as the framework would call it; `path` is the pattern that metrics name."""

    path: str
    handler: Handler
    path_params: Mapping[str, str] = field(default_factory=dict)


class Direct:
    """ASGI middleware: POST to an exact path is handled here, everything else by the application behind."""

    def __init__(self, app: ASGIApp, routes: Mapping[str, Route]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        route = (
            self._routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        )
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, dict(route.path_params)
        request = Request(scope, receive)
        try:
            response = await route.handler(request)
        except ServingError as error:
            response = await refused(request, error)
        except ClientDisconnect as error:
            response = await client_gone(request, error)
        await response(scope, receive, send)
