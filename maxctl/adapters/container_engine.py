"""A container engine that speaks Docker's API: images, containers, and the registries that it talks to.

Images are built by its command line (`image_build.py`), since the SDK does not speak BuildKit.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from maxctl.adapters import process, service
from maxctl.core.errors import MaxctlError, StageError, ToolMissingError
from maxctl.core.progress import Progress

TIMEOUT_S = 120
LOG_BYTES = 64 * 1024 * 1024
TAIL_BYTES = 64 * 1024
NO_SDK = "pip install 'maxctl[image]'"
NO_ENGINE = "start it (`systemctl start docker`, or `make engine` in maxctl's checkout), or set DOCKER_HOST"
NOT_ALLOWED = "let this user at it: `sudo usermod -aG docker $USER`, then log in again"
_DOWN = re.compile(
    r"connection refused|no such host|i/o timeout|network is unreachable|no route to host"
    r"|server gave HTTP response to HTTPS|x509|certificate|deadline exceeded|Client\.Timeout|EOF$"
    r"|service unavailable|bad gateway|internal server error",
    re.IGNORECASE,
)
_DENIED = re.compile(r"unauthori[sz]ed|no basic auth|denied|forbidden|authentication required", re.IGNORECASE)


class RegistryDeniedError(StageError):
    """The registry does not know the user, or does not let the user do this."""


class ImageAbsentError(StageError):
    """Neither the engine nor the registry has the image."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the engine has: its id, where it was pushed to or pulled from, and its configuration."""

    id: str
    digests: tuple[str, ...]
    """`repository@sha256:…` of each registry that is known to hold it."""
    labels: Mapping[str, str]
    architecture: str
    size: int
    ports: tuple[int, ...]
    layers: tuple[str, ...]
    """Digest of each layer, the base's first."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a tag is in a registry: a digest, and whether it is one image and no list of images for platforms."""

    digest: str
    single: bool


class Engine:
    """A connection to the engine of this machine, or to the one that DOCKER_HOST or Docker's context names."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def version(self) -> str:
        """Return the engine's version."""
        return str(self._client.version()["Version"])

    def image(self, name: str) -> Image | None:
        """Return the image of that name, digest or id, or None where the engine has none."""

        try:
            with _failing(name):
                attributes = self._client.images.get(name).attrs
        except ImageAbsentError:
            return None
        config = attributes.get("Config") or {}
        return Image(
            id=attributes["Id"],
            digests=tuple(sorted(attributes.get("RepoDigests") or ())),
            labels=config.get("Labels") or {},
            architecture=f"{attributes['Os']}/{attributes['Architecture']}",
            size=attributes["Size"],
            ports=tuple(
                sorted(
                    int(port.removesuffix("/tcp"))
                    for port in config.get("ExposedPorts") or {}
                    if port.endswith("/tcp")
                )
            ),
            layers=tuple(attributes["RootFS"]["Layers"]),
        )

    def pull(self, reference: str, progress: Progress) -> Image:
        """Return the image, pulled where the engine does not have it; `ImageAbsentError` where nobody has it."""
        held = self.image(reference)
        if held is not None:
            return held
        repository, tag = _parted(reference)
        progress.advance(f"pulling {reference}", 0, None)
        with _failing(reference):
            events = self._client.api.pull(repository, tag=tag, stream=True, decode=True)
            _follow(events, repository, progress)
        pulled = self.image(reference)
        if pulled is None:
            raise ImageAbsentError(f"{reference} was pulled, and is not in the engine", hint="docker images")
        return pulled

    def push(self, image: str, repository: str, tag: str, progress: Progress) -> str:
        """Push an image under a name, and return the digest of its manifest in the registry."""
        with _failing(f"{repository}:{tag}"):
            self._client.api.tag(image, repository, tag, force=True)
            events = self._client.api.push(repository, tag=tag, stream=True, decode=True)
            told = _follow(events, repository, progress)
        digest = next((str(one["aux"]["Digest"]) for one in told if "Digest" in one.get("aux", {})), None)
        if digest is None:
            raise StageError(
                f"{repository} took the image and named no digest", hint=f"docker push {repository}:{tag}"
            )
        return digest

    def tagged(self, repository: str, tag: str) -> Tagged | None:
        """Return what a tag is in its registry, or None where the registry says that it has no such tag."""
        try:
            with _failing(f"{repository}:{tag}"):
                told = self._client.images.get_registry_data(f"{repository}:{tag}").attrs["Descriptor"]
        except ImageAbsentError as error:
            if re.search(
                "manifest unknown|name unknown|manifest for .* not found", error.message, re.IGNORECASE
            ):
                return None
            raise  # a registry that hides what one may not see must not make a taken tag look free
        return Tagged(
            str(told["digest"]), "list" not in told["mediaType"] and "index" not in told["mediaType"]
        )

    def forget(self, reference: str) -> None:
        """Remove an image's name, and the image where it has no other."""
        with _failing(reference):
            self._client.images.remove(reference)

    def file_digests(self, image: Image, folder: str) -> dict[str, str]:
        """Return the SHA-256 of each file below a folder of the image, by its path from there; nothing is started."""
        found: dict[str, str] = {}
        with _failing(image.id):
            container = self._client.containers.create(image.id)
            try:
                chunks, _ = container.get_archive(folder)
                with tarfile.open(fileobj=cast("IO[bytes]", _Chunks(chunks)), mode="r|") as tar:
                    for member in tar:
                        content = tar.extractfile(member) if member.isreg() else None
                        if content is not None:
                            name = member.name.partition("/")[2]
                            found[name] = _sha256(content)
            finally:
                container.remove()
        return found

    @contextmanager
    def running(self, image: Image, log: Path, *, ready_s: float) -> Iterator[str]:
        """Run a service's image while the block lasts, and give its address once it is ready.

        It runs as `deploy/kubernetes.yaml` runs it: read-only, with no capabilities, and `/tmp` in memory. The
        port on this machine is the engine's choice. Its output is kept in `log`. Raises `StageError` where it ends
        or does not get ready.
        """
        if len(image.ports) != 1:
            raise StageError(
                f"the image {image.id[:19]} exposes {len(image.ports)} ports; a service has one",
                hint="EXPOSE the port of the service in its Dockerfile",
            )
        port = f"{image.ports[0]}/tcp"
        with _failing(image.id), self._started(image, port) as container:
            url = self._address(container, port)
            try:
                service.wait_until_ready(url, ready_s, ended=lambda: _exit_code(container))
            except MaxctlError as error:
                raise StageError(
                    f"the container did not become ready: {error.message}{_keep(container, log)}",
                    hint=f"its whole output is in {log}",
                ) from None
            try:
                yield url
            finally:
                _keep(container, log)

    @contextmanager
    def _started(self, image: Image, port: str) -> Iterator[Any]:
        # made first, started when the reaper watches: a maxctl that is killed leaves no container behind
        container = self._client.containers.create(
            image.id,
            ports={port: ("127.0.0.1", None)},
            read_only=True,
            tmpfs={"/tmp": "size=256m"},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            init=True,
            labels={"maxctl": "running for a while"},
        )
        with _reaped(container.id):
            container.start()
            yield container

    def _address(self, container: Any, port: str) -> str:
        container.reload()
        bound = container.ports.get(port)
        if not bound:
            raise StageError(
                f"the container ended at once: it {process.ending(_exit_code(container) or 0)}"
                f"{_tail(container.logs().decode(errors='replace'))}",
                hint=f"docker run --rm {container.image.id[:19]}",
            )
        return f"http://127.0.0.1:{bound[0]['HostPort']}"


def connect() -> Engine:
    """Return the engine; raises `ToolMissingError` where there is none, or where its SDK is not installed."""
    try:
        import docker
    except ImportError:
        raise ToolMissingError("Docker's SDK is not installed", hint=NO_SDK) from None
    import requests

    try:
        client = client_of_engine()
        client.ping()
    except (docker.errors.DockerException, requests.RequestException, ValueError) as error:
        found = re.search(r"\[Errno \d+\] ([\w ]+)|\(\d+, '([\w ]+)'", str(error))
        reason = next(part for part in (*found.groups(), str(error)) if part) if found else str(error)
        hint = NOT_ALLOWED if reason == os.strerror(errno.EACCES) else NO_ENGINE
        raise ToolMissingError(f"no container engine answers: {reason}", hint=hint) from None
    return Engine(client)


def _sha256(content: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := content.read(1 << 20):
        found.update(chunk)
    return found.hexdigest()


class _Chunks:
    """The chunks of an answer as a file that can only be read on."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while length < size or size < 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        taken, self._rest = (whole, b"") if size < 0 else (whole[:size], whole[size:])
        return taken


def client_of_engine() -> Any:
    """Return the SDK's client for the engine that Docker's own command line would take."""
    import docker
    from docker.utils import kwargs_from_env

    settings: dict[str, Any] = dict(kwargs_from_env())  # DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH
    if "base_url" not in settings:
        context = docker.ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT"))  # None: the current one
        if context is None:
            raise ToolMissingError(
                "Docker has no context of the name that DOCKER_CONTEXT or its configuration gives",
                hint="`docker context ls` lists them; `docker context use default`",
            )
        settings["base_url"] = context.Host
        if context.TLSConfig:
            settings["tls"] = context.TLSConfig
    return docker.DockerClient(timeout=TIMEOUT_S, version="auto", **settings)


def _parted(reference: str) -> tuple[str, str]:
    """Return the repository and the tag or digest of a reference; the tag is `latest` where there is none."""
    name, at, digest = reference.partition("@")
    if at:
        return name, digest
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")


def _follow(events: Iterator[dict[str, Any]], repository: str, progress: Progress) -> list[dict[str, Any]]:
    """Follow a push or a pull to its end; return its events, raise what it failed with."""
    told = []
    layers: dict[str, tuple[int, int]] = {}
    for event in events:
        if "error" in event:
            raise _registry_error(repository, str(event["error"]))
        detail = event.get("progressDetail") or {}
        if event.get("id") and detail.get("total"):
            layers[event["id"]] = (int(detail.get("current", 0)), int(detail["total"]))
            done, whole = (sum(numbers) for numbers in zip(*layers.values(), strict=True))
            progress.advance(f"{event.get('status', 'moving').lower()} layers", done, whole)
        if "aux" in event:
            told.append(event)
    return told


@contextmanager
def _failing(name: str) -> Iterator[None]:
    """Turn what the engine answers about an image into an error of ours."""
    import docker
    import requests

    try:
        yield
    except docker.errors.ImageNotFound:
        raise ImageAbsentError(f"the engine has no image {name}", hint="docker images") from None
    except docker.errors.APIError as error:
        said = str(error.explanation or error)
        if error.status_code == 400:
            raise StageError(f"`{name}` is refused: {said}", hint="mend the name of the image") from None
        raise _registry_error(name, said) from None
    except requests.RequestException as error:
        raise ToolMissingError(f"the container engine went away: {error}", hint=NO_ENGINE) from None
    except (docker.errors.DockerException, ValueError) as error:
        raise StageError(
            f"Docker's configuration cannot be used for {name}: {error}",
            hint="mend its config.json (auths, credsStore): `docker login` with the same configuration tells more",
        ) from None


def _registry_error(repository: str, said: str) -> MaxctlError:
    """Return the error for what an engine or its registry said; the engine's status code tells nothing (500)."""
    if repository.startswith("sha256:"):
        return StageError(f"the engine failed with the image {repository[:19]}: {said}", hint="docker info")
    host = _host(repository)
    said = " ".join(said.split())[:300]
    if _DENIED.search(said) and not re.search("does not exist", said):
        return RegistryDeniedError(
            f"{host} does not let you at {repository}: {said}",
            hint=f"docker login {host} (maxctl takes the credentials of Docker's configuration)",
        )
    if re.search(r"manifest unknown|not found|does not exist|name unknown", said, re.IGNORECASE):
        return ImageAbsentError(
            f"{host} has no such image: {said}", hint="mend the name, or publish it first"
        )
    if _DOWN.search(said):
        return ToolMissingError(
            f"the registry {host} cannot be used: {said}", hint=f"curl -i {_scheme(host)}://{host}/v2/"
        )
    return StageError(f"the registry {host} failed: {said}", hint="try again, then ask who runs it")


def _host(repository: str) -> str:
    """Return the registry of a repository, as Docker reads it: without a dot or a port it is Docker's own."""
    first, slash, _ = repository.partition("/")
    return first if slash and (first == "localhost" or re.search("[.:]", first)) else "docker.io"


def _scheme(host: str) -> str:
    return "http" if host.partition(":")[0] in ("localhost", "127.0.0.1") else "https"


def _exit_code(container: Any) -> int | None:
    container.reload()
    state = container.attrs["State"]
    return None if state["Running"] or state["Status"] == "created" else int(state["ExitCode"])


def _keep(container: Any, log: Path) -> str:
    """Write the container's output to a file, and return its end as lines of a message."""
    log.parent.mkdir(parents=True, exist_ok=True)
    end = b""
    with log.open("wb") as file:
        for chunk in container.logs(stream=True, follow=False):
            if file.tell() < LOG_BYTES:
                file.write(chunk)
            end = (end + chunk)[-TAIL_BYTES:]
    return _tail(end.decode(errors="replace"))


def _tail(text: str) -> str:
    return "".join(f"\n  {line}" for line in text.strip().splitlines()[-service.TAIL_LINES :])


@contextmanager
def _reaped(container: str) -> Iterator[None]:
    """Remove a container when the block ends, or maxctl, however that ends: the reaper waits for the pipe to close."""
    command = [sys.executable, "-P", "-m", "maxctl.adapters.container_reaper", container]
    reaper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            reaper.communicate()
    if reaper.returncode:  # after an error of the block, that error is the one to tell
        raise StageError(
            f"the container {container[:12]} could not be removed", hint=f"docker rm -f {container[:12]}"
        )
