"""A store in a bucket: S3 and what speaks like it, or Google Cloud Storage, through fsspec.

Only these two: what is there must never be overwritten, and they can write on the condition that a name is free.
Where an endpoint does not know that condition, the name is looked at before and after. Who may read and write is the
cloud's own configuration (AWS_* and ~/.aws, or Google's application default credentials), never the spec's.
"""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from maxctl.artifacts.object_errors import NO_BUCKET, Refusal, Told, refusal
from maxctl.artifacts.store import FULL, Store, StoreConflictError
from maxctl.core import digest
from maxctl.core.errors import DigestError, StageError, ToolMissingError

CONNECT_S = 2.0  # four attempts, so that an endpoint that is not there is told within ten seconds
READ_S = 20.0
ATTEMPTS = 2


class Cloud(Protocol):
    """What is asked of a file system of fsspec, which has no types of its own."""

    def get_file(self, rpath: str, lpath: str) -> Any:
        """Download one object."""

    def put_file(self, lpath: str, rpath: str, *, mode: str = "overwrite") -> Any:
        """Upload one object; with the mode `create` only if there is none of that name."""


def open_bucket(address: str) -> ObjectStore:
    """Return the store at s3://bucket/prefix or gs://bucket/prefix; raises `ToolMissingError` without its package."""
    scheme = address.partition(":")[0]
    return ObjectStore(address, _s3 if scheme == "s3" else _gs)


class ObjectStore(Store):
    """Objects below a prefix of a bucket. The cloud is first asked when something is looked for."""

    def __init__(self, address: str, connect: Callable[[], Cloud]) -> None:
        self._address, self._connect = address.rstrip("/"), connect
        self._connected: Cloud | None = None

    def address(self, name: str) -> str:
        """Return `s3://bucket/prefix/NAME`."""
        return f"{self._address}/{name}"

    def find(self, name: str) -> str | None:
        """Return the hexadecimal SHA-256 of the object, downloaded anew: what a cloud notes of it is not believed."""
        with tempfile.TemporaryDirectory() as folder:
            return self._download(name, Path(folder) / "object")

    def put(self, name: str, file: Path) -> bool:
        """Upload the file on the condition that the name is free; an upload is seen whole or not at all."""
        sha256 = digest.of_file(file).removeprefix("sha256:")
        held = self.find(name)
        if held is None:
            written = self._upload(name, file)
            held = self.find(name)
            if held == sha256:
                return written
        if held != sha256:
            raise StoreConflictError(
                f"{self.address(name)} is there with the sha256 {held}; the new one has {sha256}",
                hint="raise `version` in model.yaml: an artifact never changes under its name",
            )
        return False

    def get(self, name: str, target: Path, sha256: str) -> None:
        """Download the object; `target` is written when its digest is right."""
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            path = Path(folder) / "object"
            held = self._download(name, path)
            if held is None:
                raise StageError(f"{self.address(name)} is not there", hint="maxctl package --force")
            if held != sha256:
                raise DigestError(f"{self.address(name)} has the sha256 {held}, but {sha256} was recorded")
            path.replace(target)

    def _download(self, name: str, path: Path) -> str | None:
        """Return the hexadecimal SHA-256 of what was written to `path`, or None where there is no such object."""
        try:
            self._ask(lambda cloud: cloud.get_file(self.address(name), str(path)))
        except _AbsentError:
            return None
        return digest.of_file(path).removeprefix("sha256:")

    def _upload(self, name: str, file: Path) -> bool:
        """Return False where the name was taken meanwhile."""
        try:
            self._ask(lambda cloud: cloud.put_file(str(file), self.address(name), mode="create"))
        except _TakenError:
            return False
        except _UnconditionalError:
            if self.find(name) is not None:
                return False
            self._ask(lambda cloud: cloud.put_file(str(file), self.address(name)))
        except _AbsentError as error:  # Google's word for a bucket that is not there
            raise self._failed(NO_BUCKET) from error
        return True

    def _ask(self, question: Callable[[Cloud], object]) -> None:
        try:
            if self._connected is None:
                self._connected = self._connect()
            question(self._connected)
        except (ToolMissingError, StageError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise
            told = refusal(error)
            if told.kind in _SIGNALS:
                raise _SIGNALS[told.kind] from error
            raise self._failed(told) from error

    def _failed(self, told: Told) -> StageError:
        return StageError(f"the store {self._address} {told.message}", hint=told.hint)


class _AbsentError(Exception):
    """There is no such object."""


class _TakenError(Exception):
    """There is an object of this name already."""


class _UnconditionalError(Exception):
    """The endpoint cannot write on a condition."""


_SIGNALS: dict[Refusal, type[Exception]] = {
    Refusal.ABSENT: _AbsentError,
    Refusal.TAKEN: _TakenError,
    Refusal.UNCONDITIONAL: _UnconditionalError,
}


def _s3() -> Cloud:
    s3fs = _package("s3fs", "s3")
    config = {
        "connect_timeout": CONNECT_S,
        "read_timeout": READ_S,
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
    }
    cloud = s3fs.S3FileSystem(
        anon=False,
        config_kwargs=config,
        max_concurrency=1,  # several would each hold a part of 50 MiB in memory
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    cloud.retries = ATTEMPTS
    return cast("Cloud", cloud)


def _gs() -> Cloud:
    # of gcsfs.core: the one that gcsfs itself names asks first, for a minute, which kind of bucket it is
    gcsfs = _package("gcsfs.core", "gcs")
    logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # it logs the traceback of what it raises
    # with no token named, gcsfs would go on as nobody in particular where it finds no credentials
    token = "anon" if "STORAGE_EMULATOR_HOST" in os.environ else "google_default"
    return cast("Cloud", gcsfs.GCSFileSystem(token=token, use_listings_cache=False, skip_instance_cache=True))


def _package(name: str, extra: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ToolMissingError(
            f"this kind of store needs the package {name.partition('.')[0]}: {error}",
            hint=f"pip install 'maxctl[{extra}]'",
        ) from error
