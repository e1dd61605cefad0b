"""Kept results: sealed, shared by processes, and never needed."""

import os
import sqlite3
import subprocess
import sys

import pytest

from maxctl.adapters.scancode import store
from maxctl.adapters.scancode.store import Store


def kept(folder, **bodies):
    with Store(folder) as opened:
        opened.put({key: body.encode() for key, body in bodies.items()})


def known(folder, *keys, said=None):
    with Store(folder, (said if said is not None else []).append) as opened:
        return {key: body.decode() for key, body in opened.get(keys).items()}


def test_what_was_put_is_found_by_its_key_and_nothing_else_is(tmp_path):
    kept(tmp_path, a="one", b="two")
    assert known(tmp_path, "a", "c") == {"a": "one"}


def test_more_keys_than_one_query_takes_are_all_found(tmp_path):
    bodies = {f"key{number}": str(number) for number in range(1234)}
    kept(tmp_path, **bodies)
    assert known(tmp_path, *bodies) == bodies


def test_a_body_that_was_changed_or_moved_to_another_key_counts_as_none(tmp_path):
    kept(tmp_path, a="one", b="two", c="three")
    with sqlite3.connect(tmp_path / "results.sqlite") as damaging:
        damaging.execute("UPDATE results SET body = CAST('wrong' AS BLOB) WHERE key = 'a'")
        damaging.execute("UPDATE results SET key = 'd' WHERE key = 'b'")
    assert known(tmp_path, "a", "b", "c", "d") == {"c": "three"}


def test_a_damaged_entry_is_put_anew(tmp_path):
    kept(tmp_path, a="one")
    with sqlite3.connect(tmp_path / "results.sqlite") as damaging:
        damaging.execute("UPDATE results SET seal = x'00'")
    kept(tmp_path, a="one")
    assert known(tmp_path, "a") == {"a": "one"}


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b""])
def test_a_file_that_is_no_database_is_set_aside_and_the_work_goes_on(tmp_path, damage):
    kept(tmp_path, a="one")
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / "results.sqlite").write_bytes(damage)
    said = []
    assert known(tmp_path, "a", said=said) == {}
    kept(tmp_path, a="one")
    assert known(tmp_path, "a") == {"a": "one"}
    assert bool(damage) == bool(said)


def test_pages_that_were_overwritten_do_not_stop_a_scan(tmp_path):
    kept(tmp_path, **{f"key{number}": "x" * 500 for number in range(500)})
    path = tmp_path / "results.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:-4096] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    keys = [f"key{number}" for number in range(500)]
    assert set(known(tmp_path, *keys).values()) <= {"x" * 500}
    kept(tmp_path, a="one")
    assert known(tmp_path, "a") == {"a": "one"}


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path):
    (tmp_path / "file").write_text("")
    said = []
    with Store(tmp_path / "file" / "folder", said.append) as opened:
        opened.put({"a": b"one"})
        assert opened.get(["a"]) == {}
    assert "results are not kept" in said[0]


def test_a_file_that_has_grown_too_large_is_begun_anew(tmp_path, monkeypatch):
    kept(tmp_path, a="one")
    monkeypatch.setattr(store, "LARGEST", 0)
    kept(tmp_path, b="two")
    assert known(tmp_path, "a", "b") == {"b": "two"}


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from maxctl.adapters.scancode.store import Store\n"
        "folder, name = Path(sys.argv[1]), sys.argv[2]\n"
        "for number in range(20):\n"
        "    with Store(folder) as store: store.put({f'{name}{number}': name.encode()})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    keys = [f"{name}{number}" for name in "abc" for number in range(20)]
    assert len(known(tmp_path, *keys)) == len(keys)
