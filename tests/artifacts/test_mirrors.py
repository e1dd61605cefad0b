from __future__ import annotations

import errno
from pathlib import Path

import pytest

from maxctl.adapters import npm
from maxctl.adapters.http import AbsentError
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.git_mirror import Clones
from maxctl.artifacts.mirrors import Mirror, Mirrors, parse
from maxctl.artifacts.packages import Coordinates, Packages, member
from maxctl.core.errors import DiskFullError, FetchError
from maxctl.core.progress import Silent
from tests.artifacts.archives import file, symlink, tar, zipped


@pytest.mark.parametrize(
    ("address", "means"),
    [
        ("https://example.org/a?b=c", Mirror("https://example.org/a?b=c", url="https://example.org/a?b=c")),
        ("http://127.0.0.1:8000/a", Mirror("http://127.0.0.1:8000/a", url="http://127.0.0.1:8000/a")),
        ("file:a/b#c", Mirror("file:a/b#c", path="a/b#c")),
        ("file:/a", Mirror("file:/a", path="/a")),
        ("file:///a", Mirror("file:///a", path="/a")),
        ("npm:left-pad@1.3.0", Mirror("npm:left-pad@1.3.0", Coordinates("npm", "left-pad", "1.3.0"))),
        (
            "npm:@a/b@1.0.0-rc.1#package/x",
            Mirror("npm:@a/b@1.0.0-rc.1#package/x", Coordinates("npm", "@a/b", "1.0.0-rc.1"), "package/x"),
        ),
        (
            "pypi:Ab.c==1.0.post1#d/e.png",
            Mirror("pypi:Ab.c==1.0.post1#d/e.png", Coordinates("pypi", "Ab.c", "1.0.post1"), "d/e.png"),
        ),
    ],
)
def test_an_address_means_what_the_spec_says(address: str, means: Mirror) -> None:
    assert parse(address) == means


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a",
        "http://127.0.0.1@example.org/",
        "ftp://example.org/a",
        "https:///a",
        "file:",
        "npm:left-pad@latest",
        "npm:left-pad@^1.3.0",
        "npm:left-pad@git+https://example.org/a",
        "npm:--evil@1.0.0",
        "npm:@a@1.0.0",
        "pypi:a==1.*",
        "pypi:-r==1.0",
        "pypi:a[b]==1.0",
        "pypi:a==",
        "https://example.org/a.tgz#b",
        "",
    ],
)
def test_an_address_that_is_not_exact_or_not_safe_is_refused(address: str) -> None:
    with pytest.raises(FetchError):
        parse(address)


def mirrors(root: Path) -> Mirrors:
    cache = Cache(root / "cache")
    return Mirrors(root, Packages(cache, Silent()), Clones(root, cache, Silent()))


def read(opened: Mirrors, address: str) -> bytes:
    with opened.open(parse(address)) as chunks:
        return b"".join(chunks)


def test_file_mirrors_start_at_the_project_or_are_absolute(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a").write_bytes(b"a")
    assert read(mirrors(tmp_path), "file:up/a") == read(mirrors(tmp_path), f"file:{tmp_path}/up/a") == b"a"


@pytest.mark.parametrize(("address", "reason"), [("file:none", "no such file"), ("file:.", "is a folder")])
def test_a_file_mirror_without_the_file_says_so(tmp_path: Path, address: str, reason: str) -> None:
    with pytest.raises(AbsentError, match=reason):
        read(mirrors(tmp_path), address)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An npm whose registry has one package; returns what was downloaded."""
    asked: list[str] = []

    def pack(name: str, version: str, folder: Path) -> Path:
        asked.append(f"{name}@{version}")
        archive = folder / "p.tgz"
        archive.write_bytes(
            tar([file("package/a", b"a" * 9), file("package/b", b"b"), symlink("package/l", "a")])
        )
        return archive

    monkeypatch.setattr(npm, "pack", pack)
    return asked


def test_ten_files_of_one_package_download_it_once(tmp_path: Path, downloads: list[str]) -> None:
    first = mirrors(tmp_path)
    assert read(first, "npm:p@1.0.0#package/a") == b"a" * 9
    assert read(first, "npm:p@1.0.0#package/b") == b"b"
    assert read(mirrors(tmp_path), "npm:p@1.0.0").startswith(b"\x1f\x8b"), "another run, from the cache"
    assert downloads == ["p@1.0.0"]


def test_a_package_gone_bad_in_the_cache_is_downloaded_again(tmp_path: Path, downloads: list[str]) -> None:
    read(mirrors(tmp_path), "npm:p@1.0.0")
    (blob,) = (path for path in (tmp_path / "cache" / "blobs").rglob("*") if path.is_file())
    blob.chmod(0o644)
    blob.write_bytes(b"bad")
    (note,) = (tmp_path / "cache" / "packages" / "npm").iterdir()
    assert read(mirrors(tmp_path), "npm:p@1.0.0#package/b") == b"b"
    note.write_text("{")
    assert read(mirrors(tmp_path), "npm:p@1.0.0#package/b") == b"b"
    assert len(downloads) == 3


def test_a_disk_that_fills_during_a_download_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pack(name: str, version: str, folder: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(npm, "pack", pack)
    with pytest.raises(DiskFullError, match=r"no room for npm:p@1\.0\.0"):
        read(mirrors(tmp_path), "npm:p@1.0.0#package/a")
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_a_missing_member_names_the_closest(tmp_path: Path, downloads: list[str]) -> None:
    with pytest.raises(AbsentError, match=r"no file package/c; did you mean package/[ab]\?"):
        read(mirrors(tmp_path), "npm:p@1.0.0#package/c")


def test_a_link_is_no_member(tmp_path: Path, downloads: list[str]) -> None:
    with pytest.raises(AbsentError, match="no file package/l"):
        read(mirrors(tmp_path), "npm:p@1.0.0#package/l")


def test_a_member_of_a_wheel_is_read_without_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(zipped({"../../climbs": b"x", "data/a.png": b"png"}))
    with member(tmp_path / "a.whl", "data/a.png") as chunks:
        assert b"".join(chunks) == b"png"
