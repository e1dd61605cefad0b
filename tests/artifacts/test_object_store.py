from __future__ import annotations

import hashlib
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maxctl.artifacts import object_store
from maxctl.artifacts.object_errors import Refusal, refusal
from maxctl.artifacts.object_store import ObjectStore
from maxctl.artifacts.store import Store, StoreConflictError, open_store
from maxctl.core.errors import DigestError, StageError, ToolMissingError
from maxctl.core.stage import Verdict
from maxctl.wrapping.package import Package
from tests.wrapping.small_project import SmallProject, codes

ONE = hashlib.sha256(b"hello").hexdigest()
SECRET = "secret-that-must-not-be-told"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, on this machine."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A user of S3 who has nothing set up but a key."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return monkeypatch


@pytest.fixture(scope="module")
def side(endpoint: str) -> Any:
    """Somebody else who works on the same buckets."""
    import s3fs

    return s3fs.S3FileSystem(
        key="k", secret="s", endpoint_url=endpoint, use_listings_cache=False, skip_instance_cache=True
    )


class Bucket(str):
    """The name of a bucket, with what somebody else sees and does there."""

    side: Any

    def content(self, key: str) -> bytes:
        return self.side.cat_file(f"{self}/{key}")

    def overwrite(self, key: str, data: bytes) -> None:
        self.side.pipe_file(f"{self}/{key}", data)


@pytest.fixture
def bucket(endpoint: str, side: Any, cloud: pytest.MonkeyPatch, tmp_path: Path) -> Bucket:
    """A bucket of the test's own, at the endpoint that the environment names."""
    name = Bucket("b-" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:20])
    name.side = side
    cloud.setenv("AWS_ENDPOINT_URL", endpoint)
    side.mkdir(name)
    return name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"hello")
    return path


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> Store:
    return open_store(f"s3://{bucket}/models/tiny/", tmp_path)


def test_what_is_put_is_found_and_got(bucket: Bucket, store: Store, file: Path, tmp_path: Path) -> None:
    assert store.find("a.tar.gz") is None
    assert store.put("a.tar.gz", file) is True
    assert bucket.content("models/tiny/a.tar.gz") == b"hello"
    assert store.address("a.tar.gz") == f"s3://{bucket}/models/tiny/a.tar.gz"
    assert store.find("a.tar.gz") == ONE
    store.get("a.tar.gz", tmp_path / "copy", ONE)
    assert (tmp_path / "copy").read_bytes() == b"hello"


def test_a_store_may_be_a_whole_bucket(bucket: Bucket, file: Path, tmp_path: Path) -> None:
    store = open_store(f"s3://{bucket}", tmp_path)
    store.put("a", file)
    assert bucket.content("a") == b"hello"


def test_the_endpoint_of_s3_alone_wins(
    bucket: Bucket, endpoint: str, cloud: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cloud.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    cloud.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    assert open_store(f"s3://{bucket}", tmp_path).find("a") is None


def test_the_same_again_is_nothing_to_do(store: Store, file: Path) -> None:
    store.put("a", file)
    assert store.put("a", file) is False


def test_something_else_under_a_taken_name_is_refused(bucket: Bucket, store: Store, file: Path) -> None:
    store.put("a", file)
    file.write_bytes(b"other")
    with pytest.raises(StoreConflictError, match=ONE) as caught:
        store.put("a", file)
    assert "raise `version`" in (caught.value.hint or "")
    assert bucket.content("models/tiny/a") == b"hello"


@pytest.mark.parametrize("size", [5, 12 * 1024 * 1024], ids=["in one piece", "in parts"])
def test_somebody_who_was_quicker_is_not_overwritten(
    bucket: Bucket, store: ObjectStore, file: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    file.write_bytes(b"x" * size)
    real = store._upload

    def slow(name: str, file: Path) -> bool:
        bucket.overwrite(f"models/tiny/{name}", b"theirs")
        return real(name, file)

    monkeypatch.setattr(store, "_upload", slow)
    if size > 100:  # parts of 5 MiB, where a cloud would take 50
        in_parts(store, monkeypatch)
    with pytest.raises(StoreConflictError, match=hashlib.sha256(b"theirs").hexdigest()):
        store.put("a", file)
    assert bucket.content("models/tiny/a") == b"theirs"


def in_parts(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = object_store._s3()
    real = cloud.put_file
    monkeypatch.setattr(
        cloud, "put_file", lambda *names, **options: real(*names, chunksize=5 * 1024 * 1024, **options)
    )
    monkeypatch.setattr(store, "_connect", lambda: cloud)


def test_a_large_file_goes_up_in_parts(
    store: ObjectStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(bytes(range(256)) * 48 * 1024)
    in_parts(store, monkeypatch)
    assert store.put("a", file) is True
    assert store.find("a") == hashlib.sha256(file.read_bytes()).hexdigest()


class Unconditional:
    """An endpoint that does not know the condition; it says so, or it does not even notice."""

    def __init__(
        self, bucket: Bucket, *, says: bool, rival: bytes | None = None, early: bytes | None = None
    ) -> None:
        self._bucket, self._early = bucket, early
        self._real, self._says, self._rival = bucket.side, says, rival

    def get_file(self, rpath: str, lpath: str) -> None:
        self._real.get_file(rpath, lpath)

    def put_file(self, lpath: str, rpath: str, *, mode: str = "overwrite") -> None:
        if mode == "create" and self._says:
            if self._early is not None:
                self._bucket.overwrite(rpath.rpartition("/")[2], self._early)
            error = OSError("not implemented")
            error.response = {"Error": {"Code": "NotImplemented"}}  # type: ignore[attr-defined]
            raise error
        self._real.put_file(lpath, rpath)
        if self._rival is not None:
            self._bucket.overwrite(rpath.rpartition("/")[2], self._rival)


@pytest.mark.parametrize("says", [True, False])
def test_an_endpoint_without_conditions_is_looked_at_before_and_after(
    bucket: Bucket, file: Path, says: bool
) -> None:
    store = ObjectStore(f"s3://{bucket}", lambda: Unconditional(bucket, says=says))
    assert store.put("a", file) is True
    assert bucket.content("a") == b"hello"
    file.write_bytes(b"other")
    with pytest.raises(StoreConflictError):
        store.put("a", file)
    late = ObjectStore(f"s3://{bucket}", lambda: Unconditional(bucket, says=says, rival=b"theirs"))
    with pytest.raises(StoreConflictError, match=hashlib.sha256(b"theirs").hexdigest()):
        late.put("b", file)


def test_an_endpoint_without_conditions_is_looked_at_again_right_before_the_upload(
    bucket: Bucket, file: Path
) -> None:
    store = ObjectStore(f"s3://{bucket}", lambda: Unconditional(bucket, says=True, early=b"theirs"))
    with pytest.raises(StoreConflictError):
        store.put("a", file)
    assert bucket.content("a") == b"theirs"


def test_getting_checks_what_it_gets(bucket: Bucket, store: Store, file: Path, tmp_path: Path) -> None:
    store.put("a", file)
    bucket.overwrite("models/tiny/a", b"rotten")
    with pytest.raises(DigestError, match=ONE):
        store.get("a", tmp_path / "copy", ONE)
    with pytest.raises(StageError, match=rf"s3://{bucket}/models/tiny/b is not there"):
        store.get("b", tmp_path / "copy", ONE)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []


def test_finding_reads_anew_and_believes_no_note(bucket: Bucket, store: Store, file: Path) -> None:
    store.put("a", file)
    assert store.find("a") == ONE
    bucket.overwrite("models/tiny/a", b"rotten")
    assert store.find("a") == hashlib.sha256(b"rotten").hexdigest()


# what goes wrong


def test_a_bucket_that_is_not_there_is_told(bucket: Bucket, file: Path, tmp_path: Path) -> None:
    store = open_store("s3://no-such-bucket/a", tmp_path)
    for question in (lambda: store.find("a"), lambda: store.put("a", file)):
        with pytest.raises(
            StageError, match="the store s3://no-such-bucket/a cannot be used: there is no such bucket"
        ):
            question()


def test_an_endpoint_that_is_down_is_told(cloud: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cloud.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    cloud.setattr(object_store, "ATTEMPTS", 1)
    with pytest.raises(
        StageError, match="the store s3://bucket cannot be reached: EndpointConnectionError"
    ) as caught:
        open_store("s3://bucket", tmp_path).find("a")
    assert caught.value.exit_code == 6
    assert "AWS_ENDPOINT_URL_S3" in (caught.value.hint or "")


def test_an_endpoint_that_never_answers_is_given_up(cloud: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cloud.setattr(object_store, "READ_S", 0.1)
    cloud.setattr(object_store, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cloud.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StageError, match="cannot be reached: ReadTimeoutError"):
            open_store("s3://bucket", tmp_path).find("a")


def test_an_endpoint_that_is_no_address_is_told(cloud: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cloud.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(StageError, match="its endpoint or its region is no such thing"):
        open_store("s3://bucket", tmp_path).find("a")


@pytest.mark.parametrize(("name", "value"), [("AWS_PROFILE", "nobody"), ("AWS_ACCESS_KEY_ID", None)])
def test_missing_credentials_are_told(
    bucket: Bucket, cloud: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str | None
) -> None:
    if value is None:
        cloud.delenv("AWS_ACCESS_KEY_ID")
        cloud.delenv("AWS_SECRET_ACCESS_KEY")
    else:
        cloud.setenv(name, value)
    with pytest.raises(StageError, match="finds no credentials that can be used") as caught:
        open_store(f"s3://{bucket}", tmp_path).find("a")
    assert "AWS_ACCESS_KEY_ID" in (caught.value.hint or "")


def test_denied_access_is_told_and_no_secret(
    endpoint: str, bucket: Bucket, cloud: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    import httpx

    httpx.post(f"{endpoint}/moto-api/reset-auth", content="0")  # from now on moto looks at keys
    try:
        with pytest.raises(
            StageError, match="does not accept your credentials: InvalidAccessKeyId"
        ) as caught:
            open_store(f"s3://{bucket}", tmp_path).put("a", file)
    finally:
        httpx.post(f"{endpoint}/moto-api/reset-auth", content="inf")
    assert SECRET not in caught.value.message + (caught.value.hint or "")


def test_a_missing_package_is_named_with_its_mend(cloud: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for scheme, package, extra in (("s3", "s3fs", "s3"), ("gs", "gcsfs", "gcs")):
        cloud.setitem(sys.modules, package, None)
        with pytest.raises(ToolMissingError, match=f"needs the package {package}") as caught:
            open_store(f"{scheme}://bucket", tmp_path).find("a")
        assert caught.value.hint == f"pip install 'maxctl[{extra}]'"


class GoogleAuthError(Exception):
    """Named as the one of Google's package, which is an extra."""


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (FileNotFoundError("b/a"), Refusal.ABSENT, ""),
        (FileExistsError("b/a"), Refusal.TAKEN, ""),
        (OSError("Forbidden: b/a\nkey 123"), Refusal.OTHER, "denies you access: permission denied"),
        (PermissionError("key 123"), Refusal.OTHER, "denies you access: permission denied"),
        (
            GoogleAuthError("token 123"),
            Refusal.OTHER,
            "finds no credentials that can be used (GoogleAuthError)",
        ),
        (TimeoutError("123"), Refusal.OTHER, "cannot be reached: TimeoutError"),
    ],
)
def test_what_a_cloud_refuses_is_told_without_its_words(error: Exception, kind: Refusal, says: str) -> None:
    told = refusal(error)
    assert (told.kind, told.message) == (kind, says)


def test_a_bucket_of_google_that_is_not_there_is_told(file: Path) -> None:
    class Nothing:
        def get_file(self, rpath: str, lpath: str) -> None:
            raise FileNotFoundError(rpath)

        def put_file(self, lpath: str, rpath: str, *, mode: str = "overwrite") -> None:
            raise FileNotFoundError(rpath)

    with pytest.raises(StageError, match="gs://nobody cannot be used: there is no such bucket"):
        ObjectStore("gs://nobody", Nothing).put("a", file)


def test_package_keeps_its_archive_in_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    project = SmallProject(
        tmp_path / "project", tmp_path / "cache", package={"store": f"s3://{bucket}/models"}
    )
    name = "tiny-detector-1.0.0.tar.gz"
    outcome = project.run(Package())
    assert outcome.verdict is Verdict.PASSED
    assert outcome.facts.address == f"s3://{bucket}/models/{name}"
    assert hashlib.sha256(bucket.content(f"models/{name}")).hexdigest() == outcome.facts.sha256
    assert project.run(Package()) == outcome
    (project.root / ".maxctl/out/convert/model.tflite").write_bytes(b"TFL3 another")
    assert codes(project.run(Package())) == ["PKG001"]
    assert hashlib.sha256(bucket.content(f"models/{name}")).hexdigest() == outcome.facts.sha256
