"""A golden suite asked over the Model Asset eXchange's API: `POST /model/predict`, one case after another."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Sequence
from typing import Any

from maxctl.adapters import service
from maxctl.core.errors import UsageError
from maxctl.golden.run import Answer, Hear, NoAnswer
from maxctl.golden.suite import Case

PREDICT_S = 120.0
MOST_BYTES = 64 * 1024 * 1024


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
    content = bytearray()
    until = time.monotonic() + PREDICT_S
    try:
        with (
            case.input.open("rb") as file,
            http.stream(
                "POST",
                "model/predict",
                params=dict(case.parameters),
                files={upload: (case.input.name, file, kind)},
            ) as answered,
        ):
            for chunk in answered.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES or time.monotonic() > until:
                    return NoAnswer(f"got an answer without end: {len(content)} bytes, and more to come")
    except httpx.HTTPError as error:
        return NoAnswer(f"got no answer: {error or type(error).__name__}")
    try:
        found = json.loads(content)
        json.dumps(
            found, ensure_ascii=False
        ).encode()  # half a surrogate pair is no text, and no report could hold it
        return found
    except (ValueError, RecursionError):
        text = content[:400].decode(errors="replace").strip()[:80]
        return NoAnswer(f"got no JSON, but HTTP {answered.status_code}: {text!r}")
