"""`python -m serving serve` and `python -m serving predict REQUEST.json`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from . import batch, config, settings
from .errors import ServingError, StartupError
from .predictor import Predictor

RESULT_FD = "MAXCTL_FD"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 done, 1 the model could not be loaded or asked, 2 wrong configuration."""
    options = _parser().parse_args(arguments)
    try:
        return {"serve": _serve, "predict": _predict, "measure": _measure}[options.command](options)
    except StartupError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description="Serve a model, or ask it.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve over HTTP until SIGTERM or SIGINT")
    serve.add_argument("--port", type=int, help="port to listen on (else the variable PORT, else 5000)")
    serve.add_argument("--host", help="address to listen on (else the variable HOST, else 0.0.0.0)")
    predict = commands.add_parser(
        "predict",
        help="answer the cases of a JSON file, one JSON line each",
        description=f"The lines go to the file descriptor in {RESULT_FD}, else to standard output.",
    )
    predict.add_argument("request", type=Path, help='{"cases": [{"id", "input": path, "parameters": {}}]}')
    measure = commands.add_parser(
        "measure",
        help="measure how fast the cases of such a file are answered, one JSON line",
        description="All engines are loaded, as for serving: THREADS says how many.",
    )
    measure.add_argument("request", type=Path, help="as for predict")
    measure.add_argument("--seconds", type=float, default=3.0, help="for each of two ways (default 3)")
    for command in (serve, predict, measure):
        command.add_argument(
            "--service",
            type=Path,
            default=_default_service(),
            help="folder with service.json, or the file itself (default: beside this package)",
        )
    return parser


def _default_service() -> Path:
    beside = Path(__file__).resolve().parent.parent
    return beside if (beside / config.FILE_NAME).is_file() else Path()


def _configuration(service: Path) -> tuple[config.ServiceConfig, Path]:
    path = service / config.FILE_NAME if service.is_dir() else service
    return config.load(path), path.parent


def _serve(options: argparse.Namespace) -> int:
    from .server import serve

    environment = dict(os.environ)
    if options.port is not None:
        environment["PORT"] = str(options.port)
    if options.host is not None:
        environment["HOST"] = options.host
    service, folder = _configuration(options.service)
    return serve(service, folder, settings.from_environment(environment))


def _predict(options: argparse.Namespace) -> int:
    service, folder = _configuration(options.service)
    cases = batch.read_cases(options.request)
    # one engine, whatever THREADS says: the cases come one by one
    max_pixels = settings.from_environment(os.environ).max_pixels
    predictor = Predictor(service, folder, engines=1, max_pixels=max_pixels)
    predictor.load()
    with _lines() as out:
        _write(out, {"event": "started", **predictor.describe()})
        for line in batch.answers(predictor, cases):
            _write(out, line)
    return 0


def _measure(options: argparse.Namespace) -> int:
    from .measure import measure

    service, folder = _configuration(options.service)
    cases = batch.read_cases(options.request)
    given = settings.from_environment(os.environ)
    predictor = Predictor(service, folder, engines=given.threads, max_pixels=given.max_pixels)
    predictor.load()
    with _lines() as out:
        # the parent measures the start by when this line comes
        _write(out, {"event": "started", **predictor.describe()})
        try:
            _write(out, {"event": "measured", **measure(predictor, cases, options.seconds)})
        except ServingError as error:
            raise StartupError(f"a case is refused: {error}") from error
    return 0


@contextmanager
def _lines() -> Iterator[IO[str]]:
    """Give the stream for results: a descriptor of its own, since frameworks print to standard output."""
    number = os.environ.get(RESULT_FD)
    if not number:
        yield sys.stdout
        return
    try:
        stream = os.fdopen(int(number), "w", encoding="utf-8")
    except (ValueError, OSError) as error:
        raise StartupError(f"{RESULT_FD}={number}: must be the number of an open file descriptor") from error
    with stream:
        yield stream


def _write(out: IO[str], line: dict[str, Any]) -> None:
    out.write(json.dumps(line, allow_nan=False) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
