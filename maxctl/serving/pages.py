"""What people see: Swagger UI at `/` and the picture page at `/app/`. Nothing comes from elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from .service import Service

STATIC = Path(__file__).resolve().parent / "static"

SWAGGER_UI = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="swaggerui/swagger-ui.css">
<link rel="stylesheet" href="swaggerui/page.css">
</head>
<body>
<nav>
<a href="app/">Try it with a picture</a>
<a href="swagger.json">swagger.json</a>
<a href="openapi.json">openapi.json</a>
<a href="metrics">metrics</a>
</nav>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; swagger.json describes the same.</noscript>
<script src="swaggerui/swagger-ui-bundle.js"></script>
<script src="swaggerui/page.js"></script>
</body>
</html>
"""


def add(app: FastAPI, service: Service) -> None:
    """Add both pages and the files they use."""
    page = SWAGGER_UI.format(title=escape(service.config.api.title))

    async def swagger_ui(_: Request) -> Response:
        return HTMLResponse(page)

    async def web_app(_: Request) -> Response:
        return FileResponse(STATIC / "app" / "index.html")

    async def to_web_app(request: Request) -> Response:
        # relative, so that it also holds behind a proxy that serves the service below a path
        return RedirectResponse("app/", status_code=308)

    app.add_route("/", swagger_ui, methods=["GET"], include_in_schema=False)
    app.add_route("/app", to_web_app, methods=["GET"], include_in_schema=False)
    app.add_route("/app/", web_app, methods=["GET"], include_in_schema=False)
    app.mount("/app", StaticFiles(directory=STATIC / "app"), name="app")
    app.mount("/swaggerui", StaticFiles(directory=STATIC / "swagger-ui"), name="swaggerui")
