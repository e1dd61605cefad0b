"""A golden suite asked over the Model Asset eXchange's API: `POST /model/predict`, one case after another."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Sequence
from typing import Any

from maxctl.adapters import service
from maxctl.core.errors import UsageError
from maxctl.golden.run import Answer, Hear, NoAnswer
from maxctl.golden.suite import Case

PREDICT_S = 120.0


def address(url: str) -> str:
    """Return the address without its last slash; raises `UsageError` for what is no address of a service."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"--url {url}: {error}", hint="such as --url http://localhost:5000") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(
            f"--url {url}: is no address of a service", hint="such as --url http://localhost:5000"
        )
    if parsed.userinfo:  # it would stand in messages, logs and the report
        raise UsageError("--url: a name and a password do not belong in an address")
    return url.rstrip("/")


def answer(url: str, upload: str) -> Answer:
    """Return how a running service at `url` is asked; `upload` names the part that carries the input.

    Whatever a case gets instead of JSON (a closed connection, a page of HTML) is told as `NoAnswer`.
    """

    def ask(cases: Sequence[Case], hear: Hear) -> None:
        with service.client(url, PREDICT_S) as http:
            for case in cases:
                hear(case.id, _ask_one(http, upload, case))

    return ask


def _ask_one(http: Any, upload: str, case: Case) -> Any:
    import httpx

    kind = mimetypes.guess_type(case.input.name)[0] or "application/octet-stream"
    try:
        with case.input.open("rb") as file:
            answered = http.post(
                "model/predict", params=dict(case.parameters), files={upload: (case.input.name, file, kind)}
            )
    except httpx.HTTPError as error:
        return NoAnswer(f"got no answer: {error or type(error).__name__}")
    try:
        return json.loads(answered.content)
    except (ValueError, RecursionError):
        text = answered.text.strip()[:80]
        return NoAnswer(f"got no JSON, but HTTP {answered.status_code}: {text!r}")
