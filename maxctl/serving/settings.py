"""What the machine decides: every environment variable that the service reads, in this one place.

| variable | default | meaning |
|---|---|---|
| PORT | 5000 | port to listen on |
| HOST | 0.0.0.0 | address to listen on |
| CORS_ENABLE | false | `true`: pages of other origins may call the service |
| CORS_ORIGINS | `*` | comma-separated origins that may; turns CORS on unless CORS_ENABLE is `false` |
| LOG_LEVEL | info | debug (adds one line per request), info, warning, error |
| LOG_FORMAT | text | text, or json: one object a line, with the request's id, status and times |
| THREADS | CPUs of this process | engines, each with one thread: how many requests are computed at once |
| MAX_BODY_BYTES | `limits.body_bytes` of service.json | largest request body |
| MAX_PIXELS | `limits.pixels` of service.json | largest picture, width x height |
| ANSWER_SECONDS | `limits.answer_seconds` of service.json | longest time from admission to answer, in seconds |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import cpu
from .errors import StartupError

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")


@dataclass(frozen=True)
class Settings:
    """The environment, checked. `None` for a limit means: as `service.json` says."""

    port: int = 5000
    host: str = "0.0.0.0"  # a service in a container is reached from outside it
    cors_origins: tuple[str, ...] = ()
    log_level: str = "info"
    threads: int = 1
    max_body_bytes: int | None = None
    max_pixels: int | None = None
    answer_seconds: int | None = None
    log_format: str = "text"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings; `StartupError` names the variable, its value and what is accepted.

    A variable that is set but empty counts as not set, since Compose and Kubernetes write it so.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    return Settings(
        port=_number(given, "PORT", 1, 65535) or Settings.port,
        host=given.get("HOST", Settings.host),
        cors_origins=_origins(given),
        log_level=_choice(given, "LOG_LEVEL", LOG_LEVELS, Settings.log_level),
        threads=_number(given, "THREADS", 1, 1024) or cpu.available(),
        max_body_bytes=_number(given, "MAX_BODY_BYTES", 1, 1 << 40),
        max_pixels=_number(given, "MAX_PIXELS", 1, 1 << 40),
        answer_seconds=_number(given, "ANSWER_SECONDS", 1, 86_400),
        log_format=_choice(given, "LOG_FORMAT", LOG_FORMATS, Settings.log_format),
    )


def _number(given: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    if name not in given:
        return None
    text = given[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and low <= int(text) <= high):
        raise StartupError(f"{name}={text}: must be a whole number from {low} to {high}")
    return int(text)


def _choice(given: Mapping[str, str], name: str, accepted: tuple[str, ...], default: str) -> str:
    value = given.get(name, default).lower()
    if value not in accepted:
        raise StartupError(f"{name}={given[name]}: must be one of {', '.join(accepted)}")
    return value


def _origins(given: Mapping[str, str]) -> tuple[str, ...]:
    listed = tuple(origin.strip() for origin in given.get("CORS_ORIGINS", "").split(",") if origin.strip())
    enabled = _choice(given, "CORS_ENABLE", ("true", "false"), "true" if listed else "false") == "true"
    for origin in listed:
        if origin != "*" and not origin.startswith(("http://", "https://")):
            raise StartupError(f"CORS_ORIGINS={origin}: an origin starts with http:// or https://, or is *")
    return (listed or ("*",)) if enabled else ()
