"""A real container engine and registry: what `make engine` starts. Continuous integration has them for sure."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maxctl.adapters import container_engine, image_build
from maxctl.adapters.container_engine import Engine
from maxctl.core.errors import ToolMissingError
from maxctl.core.progress import Silent

READY = """
import http.server
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
http.server.HTTPServer(("0.0.0.0", 5000), Ready).serve_forever()
"""
DOCKERFILE = """
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY serve.py /serve.py
USER 10001
EXPOSE 5000
CMD ["python3", "/serve.py"]
"""


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine."""
    try:
        return container_engine.connect()
    except ToolMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error.message}; {error.hint}")


@pytest.fixture(scope="session")
def base(engine: Engine) -> str:
    """An image to build on."""
    name = os.environ.get("MAXCTL_BASE_IMAGE", "maxctl-base:bookworm")
    if engine.image(name) is None and not os.environ.get("CI"):
        pytest.skip(f"there is no image {name}; make engine")
    return name


@pytest.fixture
def make_image(engine: Engine, base: str, tmp_path: Path) -> Callable[..., str]:
    """Build a tiny image that runs a Python script, and return its id."""

    def make(script: str = READY, dockerfile: str = DOCKERFILE, tag: str = "maxctl-test:1") -> str:
        context = tmp_path / uuid.uuid4().hex
        context.mkdir()
        (context / "Dockerfile").write_text(dockerfile)
        (context / "serve.py").write_text(f"{script}\n# {context.name}\n")  # an image of its own
        recipe = image_build.Recipe(context, base, tag, {"maxctl.test": "yes"})
        return image_build.build(recipe, tmp_path / "build.log", Silent())

    return make


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Start registries, with a password or without, and return each one's `localhost:PORT`."""
    children = []

    def start(auth: str = "") -> str:
        folder = tmp_path_factory.mktemp("registry")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        secured = f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}" if auth else ""
        if auth:
            (folder / "htpasswd").write_text(auth)
        (folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/blobs}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n{secured}\n"
        )
        log = (folder / "log").open("wb")
        children.append(
            subprocess.Popen(
                ["docker-registry", "serve", str(folder / "registry.yml")], stdout=log, stderr=log
            )
        )
        _listening(port, children[-1])
        return f"localhost:{port}"

    yield start
    for child in children:
        child.terminate()
        child.wait()


def _listening(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert child.poll() is None, "the registry ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the registry does not listen")
