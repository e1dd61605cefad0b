"""A service that really runs: uvicorn as `serve` configures it, on a port of its own, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from maxctl.serving import config
from maxctl.serving.app import Application, create_app
from maxctl.serving.server import configured
from maxctl.serving.settings import Settings


def application(folder: Path, settings: Settings) -> Application:
    return create_app(config.load(folder / "service.json"), folder, settings)


@contextmanager
def served(app: Application, settings: Settings, **changes: Any) -> Iterator[str]:
    """Give the address of the application, once its model is loaded; keywords change uvicorn's configuration."""
    listening = socket.create_server(("127.0.0.1", 0))
    configuration = configured(app, settings)
    for name, value in changes.items():
        setattr(configuration, name, value)
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address) as client:
            # the socket listens already, so the first question waits for the server rather than failing
            assert any(client.get("/health/ready").status_code == 200 for _ in range(5000)), (
                app.state.service.failure
            )
        yield address
    finally:
        server.should_exit = True
        thread.join(30)


@contextmanager
def running(folder: Path, settings: Settings | None = None) -> Iterator[str]:
    """Give the address of the service in a folder, once its model is loaded."""
    settings = settings or Settings(host="127.0.0.1", threads=1)
    with served(application(folder, settings), settings) as address:
        yield address
