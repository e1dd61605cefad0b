"""The log on standard error: lines of text, or one JSON object a line.

A line about a request has its id, method, route, status and times: the route, never the path or the query, and
nothing of what was sent, who sent it, or from where.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from time import gmtime, strftime
from typing import Any

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
FIELDS = "fields"
"""The attribute of a record that holds what JSON tells beside the message."""
PHASES = "phases"
"""Where the scope of a request holds the seconds of its prediction's phases."""
requests = logging.getLogger(f"{__package__}.requests")


def configure(level: str, form: str) -> None:
    """Write lines of this level and above to standard error, as `text` or as `json`.

    Libraries tell from `info` on: at `debug` the parser of forms alone writes a line for each part of a body.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelName(level.upper())))
    logging.getLogger(__package__).setLevel(level.upper())


def request(
    request_id: str, method: str, route: str, status: int, seconds: float, phases: Mapping[str, float]
) -> None:
    """Tell of an answered request: a fault of the service as an error, everything else as `debug`."""
    level = logging.ERROR if status >= 500 and status != 503 else logging.DEBUG
    if not requests.isEnabledFor(level):
        return
    phases = dict(phases)  # past its deadline, a prediction may still add to it
    fields = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "seconds": round(seconds, 6),
        **({"phases": {name: round(took, 6) for name, took in phases.items()}} if phases else {}),
    }
    told = " ".join(f"{name} {took:.4f}" for name, took in phases.items())
    text = f"request {request_id}: {method} {route} {status} {seconds:.4f} s"
    requests.log(level, "%s", f"{text} ({told})" if told else text, extra={FIELDS: fields})


class JsonLines(logging.Formatter):
    """One object a line: `time` (UTC), `level`, `logger`, `message`, the fields of a request, `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, ASCII only, so that no message can look like two."""
        told: dict[str, Any] = {
            "time": f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)
