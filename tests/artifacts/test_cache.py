from __future__ import annotations

import errno
import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from maxctl.artifacts import cache as module
from maxctl.artifacts import disk
from maxctl.artifacts.cache import Cache
from maxctl.core.errors import DigestError, DiskFullError, StageError
from tests.artifacts.archives import expected, names

HELLO = expected(b"hello")


def files(cache: Cache) -> list[str]:
    return [name for name in names(cache.folder) if (cache.folder / name).is_file()]


def test_a_blob_is_kept_read_only_under_its_digest(tmp_path: Path) -> None:
    place = Cache(tmp_path).put([b"hel", b"lo"], HELLO, "hello")
    assert place == tmp_path / "blobs" / "sha256" / HELLO.sha256[:2] / HELLO.sha256[2:]
    assert place.read_bytes() == b"hello"
    assert stat.S_IMODE(place.stat().st_mode) == 0o444


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ([b"hellO"], "the spec names 2cf24dba"),
        ([b"hell"], "delivers 4 bytes, the spec names 5"),
        ([], "delivers 0 bytes"),
    ],
)
def test_other_bytes_are_refused_and_leave_nothing(tmp_path: Path, chunks: list[bytes], reason: str) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(DigestError, match=reason):
        cache.put(chunks, HELLO, "hello")
    assert files(cache) == []


def test_too_many_bytes_are_refused_while_they_stream(tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b"hel"
        yield b"lo, world"
        pytest.fail("was read on after the size was exceeded")

    with pytest.raises(DigestError, match="more than the 5 bytes"):
        Cache(tmp_path).put(endless(), HELLO, "hello")


def test_a_blob_gone_bad_is_dropped_when_it_is_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    for use in (lambda: cache.find(HELLO), lambda: cache.copy(HELLO, tmp_path / "out", "hello")):
        place = cache.put([b"hello"], HELLO, "hello")
        place.chmod(0o644)
        place.write_bytes(b"jello")
        assert not use()
        assert not place.exists()
        assert not (tmp_path / "out").exists()


def test_an_edit_of_a_copy_does_not_reach_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    place = cache.put([b"hello"], HELLO, "hello")
    assert cache.copy(HELLO, tmp_path / "project" / "hello.txt", "hello")
    (tmp_path / "project" / "hello.txt").write_bytes(b"edited")
    assert cache.find(HELLO) == place


def _put(folder: Path, content: bytes) -> None:
    for _ in range(5):
        Cache(folder).put([content[:100], content[100:]], expected(content), "much")


def test_several_processes_may_put_the_same_blob_at_once(tmp_path: Path) -> None:
    content = os.urandom(100_000)
    several = [
        multiprocessing.get_context("fork").Process(target=_put, args=(tmp_path, content)) for _ in range(4)
    ]
    for process in several:
        process.start()
    for process in several:
        process.join()
    assert [process.exitcode for process in several] == [0, 0, 0, 0]
    assert Cache(tmp_path).find(expected(content))
    assert len(files(Cache(tmp_path))) == 1


def test_what_a_killed_run_left_is_cleared_after_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "tmp").mkdir()
    old, young = tmp_path / "tmp" / "old", tmp_path / "tmp" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    cache.put([b"hello"], HELLO, "hello")
    assert (old.exists(), young.exists()) == (False, True)


def test_a_full_disk_is_told_with_what_and_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def filling(chunks: object, wanted: object) -> Iterator[bytes]:
        yield b"he"
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = Cache(tmp_path / "cache")
    cache.put([b"hello"], HELLO, "hello")
    monkeypatch.setattr(module, "checked", filling)
    with pytest.raises(DiskFullError, match=r"no room for sample hello\.txt; it needs 0\.0 MiB") as put:
        cache.put([b"hello"], HELLO, "sample hello.txt")
    assert "MAXCTL_CACHE" in str(put.value.hint)
    with pytest.raises(DiskFullError, match=r"no room for sample hello\.txt"):
        cache.copy(HELLO, tmp_path / "out", "sample hello.txt")
    assert not (tmp_path / "out").exists()
    assert len(files(cache)) == 1


def test_a_really_full_disk_keeps_nothing_half_written(tiny_disk: Path) -> None:
    content = os.urandom(100_000)
    cache = Cache(tiny_disk)
    with pytest.raises(DiskFullError, match="artifact weights") as error:
        cache.put([content], expected(content), "artifact weights")
    assert "are missing" in error.value.message
    assert files(cache) == []


def test_another_fault_of_the_disk_is_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="I/O"), disk.room("it", tmp_path):
        raise OSError(errno.EIO, "I/O error")


def test_a_cache_that_cannot_be_written_says_how_to_choose_another(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands there")
    with pytest.raises(StageError, match="cannot be written") as error:
        Cache(tmp_path / "cache").put([b"hello"], HELLO, "hello")
    assert "MAXCTL_CACHE" in str(error.value.hint)
