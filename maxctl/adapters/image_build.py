"""Build an image with BuildKit, through a command line of Docker that can.

What this machine needs to reach the package index (pip's configuration, a CA bundle, proxies) goes in as build
secrets and predefined arguments: into no layer, no label and no history.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError, DiskFullError, StageError, ToolMissingError
from maxctl.core.progress import Progress

NETWORK = "MAXCTL_BUILD_NETWORK"
BUILD_S = 3600.0
FIRST_PLUGIN = 23  # from this version on the client builds with the plugin buildx only
MEND = "apt-get install docker.io, or docker-buildx-plugin where the client is Docker's own"
_PIP_SECRET = "MAXCTL_PIP_CONF"
_PIP = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries")
_CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_STEP = re.compile(r"#\d+ \[([^\]]+)\] (\w.*)")
_NO_BASE = re.compile(
    r"pull access denied|failed to resolve source metadata|manifest unknown|failed to do request"
    r"|failed to load metadata for|failed to solve.*not found|invalid reference format",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build: a folder with a Dockerfile, the base, the name of the image, its labels."""

    context: Path
    base: str
    tag: str
    labels: Mapping[str, str]


def build(recipe: Recipe, log: Path, progress: Progress) -> str:
    """Return the id of the image; the whole output is in `log`.

    Raises `ToolMissingError` where no client can build or the base is nowhere, `StageError` with the failing step's
    last lines otherwise.
    """
    client = building_client()
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="maxctl-") as private:
        told = Path(private) / "image-id"
        command = [client, "build", "--progress", "plain", "--iidfile", str(told), "--tag", recipe.tag]
        command += ["--build-arg", f"BASE_IMAGE={recipe.base}"]
        command += [part for item in sorted(recipe.labels.items()) for part in ("--label", "=".join(item))]
        command += [part for name in _PROXIES if os.environ.get(name) for part in ("--build-arg", name)]
        if network := os.environ.get(NETWORK):
            command += ["--network", network]
        secrets, environment = _secrets()
        command += [part for secret in secrets for part in ("--secret", secret)]
        finished = process.run(
            [*command, str(recipe.context)],
            env={"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", **environment},
            timeout_s=BUILD_S,
            memory_bytes=0,
            log=log,
            ok=range(256),
            on_line=lambda line: _show(line, progress),
        )
        if finished.returncode:
            raise _failure(recipe, finished.stderr or finished.stdout, log)
        return told.read_text(encoding="ascii").strip()


def building_client() -> str:
    """Return the first `docker` on PATH that builds with BuildKit; raises `ToolMissingError` with each one's lack."""
    lacks = []
    for client in _clients():
        lack = _lack(client)
        if lack is None:
            return client
        lacks.append(f"{client}: {lack}")
    if not lacks:
        raise ToolMissingError("there is no `docker` on this machine to build an image", hint=MEND)
    raise ToolMissingError(f"no `docker` here can build with BuildKit ({'; '.join(lacks)})", hint=MEND)


def _clients() -> Iterator[str]:
    seen = set()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = f"{folder}/docker"
        if folder and os.access(path, os.X_OK) and os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            yield path


def _lack(client: str) -> str | None:
    """Return what keeps a client from building, or None."""
    try:
        version = process.run([client, "--version"], timeout_s=30, ok=range(256)).stdout
        found = re.search(r"(\d+)\.\d+", version)
        if found is None:
            return f"says `{version.strip()[:60]}` of its version"
        if int(found[1]) < FIRST_PLUGIN:
            return None
        plugin = process.run([client, "buildx", "version"], timeout_s=30, ok=range(256))
    except (ChildFailedError, ToolMissingError) as error:
        return error.message.splitlines()[0]
    return None if plugin.returncode == 0 else f"version {found[0]} has no buildx"


def _secrets() -> tuple[list[str], dict[str, str]]:
    """Return what a build may see and must not keep, as values of `--secret`, and the environment for them.

    pip's configuration may hold a password: it goes in by the environment, and into no file.
    """
    settings, secrets, environment = _pip_settings(), [], {}
    lines = [f"{key} = {value}" for key, value in sorted(settings.items()) if key in _PIP]
    if lines:
        environment[_PIP_SECRET] = "\n".join(["[global]", *lines, ""])
        secrets.append(f"id=pip_conf,env={_PIP_SECRET}")
    named = [*(os.environ.get(name) for name in _CERTIFICATES), settings.get("cert")]
    bundle = next((path for path in named if path and Path(path).is_file()), None)
    if bundle is not None:
        secrets.append(f"id=ca_bundle,src={bundle}")
    return secrets, environment


def _pip_settings() -> dict[str, str]:
    """Return pip's own settings here, without what only this machine's file system has."""
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    listed = process.run(command, timeout_s=60, ok=range(256)).stdout
    found: dict[str, str] = {}
    for line in listed.splitlines():
        key, equals, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if not equals or section not in ("global", "install", ":env:"):
            continue
        text = str(ast.literal_eval(value))
        if name != "cert":
            text = " ".join(word for word in text.split() if not word.startswith(("/", "file:", ".")))
        if text:
            found[name] = text
    return found


def _show(line: str, progress: Progress) -> None:
    if step := _STEP.match(line):
        progress.advance(f"[{step[1]}] {step[2][:60]}", 0, None)


def _failure(recipe: Recipe, said: str, log: Path) -> Exception:
    lines = [line for line in said.strip().splitlines() if line.strip() and not line.startswith("----")]
    last = lines[-1] if lines else "it said nothing"
    if "no space left on device" in said.lower():
        return DiskFullError("the disk of the container engine is full", hint="docker system prune")
    if _NO_BASE.search(last) and not re.search(r"executor failed|did not complete successfully", last):
        return ToolMissingError(
            f"there is no base image {recipe.base}: {last[:300]}",
            hint=f"docker pull {recipe.base}, or set MAXCTL_BASE_IMAGE to an image with Python 3.11, venv and pip",
        )
    if re.search(r"cannot connect to the docker daemon|error during connect", said, re.IGNORECASE):
        return ToolMissingError(f"no container engine answers: {last[:300]}", hint="systemctl start docker")
    shown = "".join(f"\n  {line[:200]}" for line in lines[-process.TAIL_LINES :])
    return StageError(f"the image could not be built:{shown}", hint=f"its whole output is in {log}")
