"""The process that serves: log, uvicorn, and an exit status that tells how it ended."""

from __future__ import annotations

import signal
from pathlib import Path

import uvicorn

from . import logs
from .app import Application, create_app
from .config import ServiceConfig
from .connection import Connection
from .settings import Settings

GRACE_SECONDS = 30


def configured(app: Application, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn serves the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Connection,
        ws="none",
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def serve(config: ServiceConfig, folder: Path, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then finish what was begun; return 0, or 1 if the model did not load."""
    logs.configure(settings.log_level, settings.log_format)
    app = create_app(config, folder, settings)
    server = uvicorn.Server(configured(app, settings))

    def stop() -> None:
        server.should_exit = True

    app.state.service.on_failure = stop
    # uvicorn raises the signal again once it has stopped; a stop that was asked for is no failure
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    return 1 if app.state.service.failure else 0
