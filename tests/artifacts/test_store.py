from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from maxctl.artifacts.store import FileStore, StoreConflictError, open_store
from maxctl.core.errors import DigestError, StageError

ONE = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # hello


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"hello")
    return path


def test_a_relative_store_starts_at_the_project(tmp_path, file):
    store = open_store("file:.maxctl/store", tmp_path)
    assert store.put("a.tar.gz", file) is True
    assert (tmp_path / ".maxctl/store/a.tar.gz").read_bytes() == b"hello"
    assert store.address("a.tar.gz") == "file:.maxctl/store/a.tar.gz"
    assert store.find("a.tar.gz") == ONE


@pytest.mark.parametrize("spelling", ["file:{}", "file://{}", "file:{}/"])
def test_a_store_may_stand_outside_the_project(tmp_path, file, spelling):
    elsewhere = tmp_path / "elsewhere"
    store = open_store(spelling.format(elsewhere), tmp_path / "project")
    store.put("a.tar.gz", file)
    assert (elsewhere / "a.tar.gz").read_bytes() == b"hello"
    assert store.address("a.tar.gz") == f"{spelling.format(elsewhere).rstrip('/')}/a.tar.gz"


def test_the_same_again_is_nothing_to_do(tmp_path, file):
    store = open_store("file:store", tmp_path)
    store.put("a", file)
    before = (tmp_path / "store/a").stat()
    assert store.put("a", file) is False
    assert (tmp_path / "store/a").stat().st_mtime_ns == before.st_mtime_ns


def test_something_else_under_a_taken_name_is_refused(tmp_path, file):
    store = open_store("file:store", tmp_path)
    store.put("a", file)
    file.write_bytes(b"other")
    with pytest.raises(StoreConflictError, match=ONE) as caught:
        store.put("a", file)
    assert "raise `version`" in (caught.value.hint or "")
    assert (tmp_path / "store/a").read_bytes() == b"hello"


def test_somebody_who_was_quicker_is_not_overwritten(tmp_path, file, monkeypatch):
    store = open_store("file:store", tmp_path)
    real = os.link

    def slow(source, target):
        Path(target).write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(os, "link", slow)
    with pytest.raises(StoreConflictError):
        store.put("a", file)
    assert (tmp_path / "store/a").read_bytes() == b"theirs"


def test_a_file_system_without_hard_links_will_do(tmp_path, file, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert open_store("file:store", tmp_path).put("a", file) is True
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["a"]


def test_nothing_half_written_is_left(tmp_path, file, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StageError, match="cannot be used"):
        open_store("file:store", tmp_path).put("a", file)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_full_disk_is_told_as_such(tmp_path, file, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no space left"):  # the runner knows what to say of it
        open_store("file:store", tmp_path).put("a", file)


def test_a_store_that_cannot_be_reached_is_named(tmp_path, file):
    (tmp_path / "store").write_text("a file stands in the way")
    with pytest.raises(StageError, match="the store file:store cannot be used"):
        open_store("file:store", tmp_path).put("a", file)


def test_getting_checks_what_it_gets(tmp_path, file):
    store = open_store("file:store", tmp_path)
    store.put("a", file)
    store.get("a", tmp_path / "copy", ONE)
    assert (tmp_path / "copy").read_bytes() == b"hello"
    (tmp_path / "store/a").write_bytes(b"rotten")
    with pytest.raises(DigestError, match=ONE):
        store.get("a", tmp_path / "copy-2", ONE)
    assert not (tmp_path / "copy-2").exists()
    with pytest.raises(StageError, match="is not there"):
        store.get("b", tmp_path / "copy-2", ONE)


def test_an_unknown_kind_of_store_is_refused(tmp_path):
    with pytest.raises(StageError, match="`sftp:`") as caught:
        open_store("sftp://host/folder", tmp_path)
    assert "package.store" in (caught.value.hint or "")


def test_the_store_is_found_missing_before_it_is_made(tmp_path):
    assert FileStore("file:store", tmp_path / "store").find("a") is None
