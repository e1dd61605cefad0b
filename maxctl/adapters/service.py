"""A model's service as a program: ask it in-process, start it, wait until it is ready, stop it."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maxctl.adapters import process
from maxctl.core.errors import StageError, ToolMissingError

READY_S = 120.0
PREDICT_S = 3600.0
TAIL_LINES = 15

# What the caller's own shell says to a service must not decide how a suite goes; empty counts as not set.
_NEUTRAL = dict.fromkeys(
    (
        "PORT",
        "HOST",
        "CORS_ENABLE",
        "CORS_ORIGINS",
        "LOG_LEVEL",
        "THREADS",
        "MAX_BODY_BYTES",
        "MAX_PIXELS",
        "ANSWER_SECONDS",
    ),
    "",
)
_OWN = {**_NEUTRAL, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}


def predict(
    python: str | Path,
    module: str,
    folder: Path,
    questions: Sequence[Mapping[str, Any]],
    hear: Callable[[str, Any], None],
    *,
    cwd: Path | None = None,
) -> dict[str, Any]:
    """Ask `python -m MODULE predict` in a child process; `hear` gets the id and response of each as it comes.

    `folder` holds the service.json. Returns what the child says of itself: model, engine, versions. Raises
    `ChildFailedError` with the end of its output when it cannot load the model.
    """
    described: dict[str, Any] = {}

    def on_event(event: dict[str, Any]) -> None:
        if event.get("event") == "started":
            described.update({key: value for key, value in event.items() if key != "event"})
        else:
            hear(event["id"], event["response"])

    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        request = Path(scratch) / "request.json"
        request.write_text(json.dumps({"cases": list(questions)}))
        apart = (
            () if cwd else ("-P",)
        )  # no module from the user's folder; from `cwd` the service itself comes
        process.run(
            [str(python), *apart, "-m", module, "predict", str(request), "--service", str(folder.absolute())],
            cwd=cwd,
            env=_OWN if cwd else {**_NEUTRAL, "PYTHONDONTWRITEBYTECODE": "1"},
            on_event=on_event,
            timeout_s=PREDICT_S,
        )
    return described


def measure(
    folder: Path, questions: Sequence[Mapping[str, Any]], *, seconds: float, threads: int | None = None
) -> dict[str, Any]:
    """Return what `maxctl.serving.measure` tells of the service.json in `folder`, asked in a child process.

    `start_s` is added: from the start of the process until it was ready to answer, its engines warmed. Raises
    `ChildFailedError` with the end of its output when it cannot load the model.
    """
    events: dict[str, dict[str, Any]] = {}
    began = time.monotonic()

    def on_event(event: dict[str, Any]) -> None:
        events[event["event"]] = {**event, "at": time.monotonic() - began}

    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        request = Path(scratch) / "request.json"
        request.write_text(json.dumps({"cases": list(questions)}))
        command = [sys.executable, "-P", "-m", "maxctl.serving", "measure", str(request)]
        process.run(
            [*command, "--service", str(folder.absolute()), "--seconds", str(seconds)],
            env={**_NEUTRAL, "PYTHONDONTWRITEBYTECODE": "", "THREADS": str(threads) if threads else ""},
            on_event=on_event,
            timeout_s=PREDICT_S,
        )
    told = events["measured"]
    return {
        **{key: value for key, value in told.items() if key not in ("event", "at")},
        "start_s": events["started"]["at"],
    }


@contextmanager
def running(
    python: str | Path,
    folder: Path,
    *,
    module: str = "serving",
    port: int | None = None,
    ready_s: float = READY_S,
) -> Iterator[str]:
    """Run the service in `folder` while the block lasts, on this machine only, and give its address once ready.

    A free port is taken where none is given. Raises `StageError` with the end of the service's log when it
    ends or is not ready in time.
    """
    chosen = port if port is not None else free_port()
    url = f"http://127.0.0.1:{chosen}"
    command = [str(python), "-m", module, "serve", "--port", str(chosen), "--host", "127.0.0.1"]
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        log = Path(scratch) / "service.log"
        with process.Running(command, cwd=folder, env=_OWN, log=log) as child:
            try:
                wait_until_ready(url, ready_s, ended=child.ended)
            except ToolMissingError as error:
                raise StageError(
                    f"the service did not become ready: {error.message}{_tail(log)}",
                    hint=f"start it by hand: cd {folder.name} && python -m {module} serve",
                ) from None
            yield url


def claim(host: str, port: int) -> None:
    """Raise `StageError` where a service could not listen: the port is taken, or needs more rights than these."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        raise StageError(
            f"the service cannot listen at {host}:{port}: {error.strerror}",
            hint=f"maxctl serve --port {free_port()}, or find what listens there: ss -ltnp 'sport = :{port}'",
        ) from None


def free_port() -> int:
    """Return a TCP port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(
    url: str, seconds: float, *, ended: Callable[[], int | None] = lambda: None, every_s: float = 0.1
) -> None:
    """Return when the service at `url` says that it is ready, or has no health route, as MAX's had none.

    Raises `ToolMissingError` with the last reason when it does not within `seconds`, or when it has `ended`.
    """
    import httpx

    deadline = time.monotonic() + seconds
    with client(url, timeout_s=5) as http:
        while True:
            try:
                answer = http.get("health/ready")
                if answer.status_code in (200, 404):
                    return
                reason = f"{url} says {answer.status_code}: {_message(answer.text)}"
            except httpx.HTTPError as error:
                reason = f"nothing answers at {url} ({error or type(error).__name__})"
            if (code := ended()) is not None:
                raise ToolMissingError(f"it {process.ending(code)}")
            if time.monotonic() >= deadline:
                raise ToolMissingError(reason, hint="start the service, or correct the address")
            time.sleep(every_s)


def client(url: str, timeout_s: float) -> Any:
    """Return an `httpx.Client` for a service; one on this machine is asked directly, whatever proxy is set."""
    import httpx

    here = httpx.URL(url).host in ("localhost", "127.0.0.1", "::1")
    return httpx.Client(base_url=url, timeout=timeout_s, trust_env=not here)


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return text.strip()[:80]


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-TAIL_LINES:]
    return "".join(f"\n  {line}" for line in lines)
