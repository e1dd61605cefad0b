"""The process that serves: log, uvicorn, and an exit status that tells how it ended."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

import uvicorn

from .app import create_app
from .config import ServiceConfig
from .settings import Settings

GRACE_SECONDS = 30


def serve(config: ServiceConfig, folder: Path, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then finish what was begun; return 0, or 1 if the model did not load."""
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    app = create_app(config, folder, settings)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )

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
