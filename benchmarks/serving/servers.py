"""The servers that are compared: how each is started, and what it is asked."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .environments import Environment
from .load import Answer, parse
from .processes import Tree

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
BOUNDARY = b"------------------------5b2c1f0a9d8e7c6b"
START_LIMIT_S = 120.0


@dataclass(frozen=True)
class Server:
    """One row of the tables."""

    name: str
    title: str
    peer: str | None
    """The folder below `peers/`, or None for the generated service."""
    command: Callable[[Path, int, int], list[str]]
    """From the environment's programs, the port and the number of workers."""
    path: str = "/predict"
    workers: int = 1
    form: str = "multipart"
    only: str | None = None
    """The set that it takes part in, where it is one only."""


def _python(*arguments: str) -> Callable[[Path, int, int], list[str]]:
    return lambda programs, port, workers: [str(programs / "python"), *arguments]


def _uvicorn(programs: Path, port: int, workers: int) -> list[str]:
    start = [str(programs / "python"), "-m", "uvicorn", "server:app", "--port", str(port)]
    return [*start, "--workers", str(workers), "--log-level", "warning", "--no-access-log"]


def _ours(programs: Path, port: int, workers: int) -> list[str]:
    return [str(programs / "python"), "-m", "serving", "serve", "--port", str(port), "--host", "127.0.0.1"]


def _bentoml(programs: Path, port: int, workers: int) -> list[str]:
    return [
        str(programs / "bentoml"),
        "serve",
        "service:Detector",
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]


def _mlserver(programs: Path, port: int, workers: int) -> list[str]:
    return [str(programs / "mlserver"), "start", "."]


OURS = Server("ours", "**maxctl's service**", None, _ours, path="/model/predict?threshold=0.5")
SERVERS = (
    OURS,
    Server("maxfw", "maxfw's pattern", "maxfw", _python("server.py"), path="/model/predict"),
    Server("bentoml", "BentoML", "bentoml", _bentoml),
    Server("bentoml-2", "BentoML, 2 workers", "bentoml", _bentoml, workers=2),
    Server("litserve", "LitServe", "litserve", _python("server.py")),
    Server("litserve-2", "LitServe, 2 workers", "litserve", _python("server.py"), workers=2),
    Server("mlserver", "MLServer", "mlserver", _mlserver, path="/v2/models/detector/infer", form="v2"),
    Server(
        "mlserver-2",
        "MLServer, 2 workers",
        "mlserver",
        _mlserver,
        path="/v2/models/detector/infer",
        workers=2,
        form="v2",
    ),
    Server("fastapi", "FastAPI", "fastapi", _uvicorn),
    Server("fastapi-2", "FastAPI, 2 workers", "fastapi", _uvicorn, workers=2),
    Server("starlette", "Starlette, the form parsed", "starlette", _uvicorn, only="noop"),
)


def request(server: Server, picture: Path, port: int) -> bytes:
    """Return the bytes of a whole request that carries a picture."""
    data = picture.read_bytes()
    if server.form == "v2":
        text = base64.b64encode(data).decode()
        document = {
            "inputs": [
                {
                    "name": "image",
                    "shape": [1],
                    "datatype": "BYTES",
                    "parameters": {"content_type": "base64"},
                    "data": [text],
                }
            ]
        }
        body, kind = json.dumps(document).encode(), "application/json"
    else:
        media = "image/png" if picture.suffix == ".png" else "image/jpeg"
        head = (
            f'Content-Disposition: form-data; name="image"; filename="{picture.name}"\r\n'
            f"Content-Type: {media}\r\n\r\n"
        )
        body = b"--" + BOUNDARY + b"\r\n" + head.encode() + data + b"\r\n--" + BOUNDARY + b"--\r\n"
        kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    head = (
        f"POST {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def predictions(server: Server, answer: Answer) -> list[dict[str, Any]]:
    """Return the detections in an answer; `ValueError` tells what it is instead."""
    if answer.status != 200:
        raise ValueError(f"{server.name} answers {answer.status}: {answer.body[:300]!r}")
    document = json.loads(answer.body)
    if server.form == "v2":
        document = json.loads(document["outputs"][0]["data"][0])
    found: list[dict[str, Any]] = document["predictions"]
    return found


@dataclass
class Running:
    """A server that has given its first answer."""

    server: Server
    tree: Tree
    port: int
    start_s: float

    def ask(self, picture: Path) -> Answer:
        """Return the answer to one picture; `OSError` where there is none."""
        return _ask(self.port, request(self.server, picture, self.port))


def start(
    server: Server,
    environment: Environment,
    folder: Path,
    variables: Mapping[str, str],
    picture: Path,
    log: Path,
) -> Running:
    """Return the server once it has answered the picture; `RuntimeError` names its log where it does not."""
    port, *more = _free_ports(3)
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environ = {
        **clean,
        **variables,
        "PORT": str(port),
        "WORKERS": str(server.workers),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONUNBUFFERED": "1",
    }
    if server.peer is not None:
        environ |= {
            "PYTHONPATH": str(PEERS / "model"),
            "BENTOML_HOME": str(folder / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(more[0]),
            "MLSERVER_METRICS_PORT": str(more[1]),
            "MLSERVER_PARALLEL_WORKERS": str(server.workers),
            "MLSERVER_DEBUG": "false",
        }
        shutil.copytree(PEERS / server.peer, folder, dirs_exist_ok=True)
    asked = request(server, picture, port)
    began = time.perf_counter()
    tree = Tree(server.command(environment.folder / "bin", port, server.workers), folder, environ, log)
    last = "nothing"
    try:
        while time.perf_counter() - began < START_LIMIT_S and not tree.ended():
            try:
                answer = _ask(port, asked)
            except OSError as error:
                last = str(error)
            else:
                if answer.status == 200:
                    return Running(server, tree, port, time.perf_counter() - began)
                last = f"{answer.status}: {answer.body[:200]!r}"
            time.sleep(0.005)
    except BaseException:
        tree.stop()
        raise
    tree.stop()
    raise RuntimeError(f"{server.name} did not start; its last word: {last}; its log: {log}")


def _ask(port: int, data: bytes) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        received = b""
        while True:
            part = connection.recv(1 << 16)
            received += part
            answer = parse(received, ended=not part)
            if answer is not None:
                return answer
            if not part:
                raise ConnectionResetError("closed before the answer")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
