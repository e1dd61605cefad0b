"""Whatever an archive calls its members, nothing is ever written outside its folder."""

from __future__ import annotations

import contextlib
import os
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.artifacts.unpack import unpack
from maxctl.core.errors import UnpackError
from tests.artifacts.archives import file, hard_link, symlink, tar, zipped

PART = st.sampled_from(
    ["..", ".", "", "a", "b", "c", "\\", "..\\x", "C:", " ", "é", "a" * 40, "tree", ".git"]
)
NAME = st.builds(
    lambda root, parts: root + "/".join(parts),
    st.sampled_from(["", "/", "./", "//"]),
    st.lists(PART, min_size=1, max_size=5),
)
MEMBER = st.one_of(
    st.builds(file, NAME | st.text(max_size=8), st.binary(max_size=4)),
    st.builds(symlink, NAME, NAME),
    st.builds(hard_link, NAME, NAME),
)
ZIP_CONTENT = st.tuples(st.binary(max_size=9) | NAME.map(str.encode), st.sampled_from([0o100644, 0o120777]))
FLIP = st.tuples(st.integers(0, 5000), st.integers(0, 255))


def attempt(content: bytes, strip: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        around = room / "around"
        around.mkdir()
        (room / "a").write_bytes(b"outside")
        (around / "a").write_bytes(b"outside")
        archive = room / "archive"
        archive.write_bytes(content)
        with contextlib.suppress(UnpackError):
            unpack(archive, around / "tree", strip=strip)
        tree = around / "tree"
        assert sorted(path.name for path in room.iterdir()) == ["a", "archive", "around"]
        assert {path.name for path in around.iterdir()} <= {"a", "tree"}
        assert (room / "a").read_bytes() == (around / "a").read_bytes() == b"outside"
        for path in tree.rglob("*"):
            assert Path(os.path.realpath(path)).is_relative_to(tree.resolve()), path


@settings(max_examples=150, deadline=None)
@given(st.lists(MEMBER, min_size=1, max_size=6), st.integers(0, 2))
def test_no_member_of_a_tar_ever_escapes(members: list[tuple[tarfile.TarInfo, bytes]], strip: int) -> None:
    with contextlib.suppress(UnicodeEncodeError, ValueError):
        attempt(tar(members, "w:"), strip)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAME, ZIP_CONTENT, min_size=1))
def test_no_member_of_a_zip_ever_escapes(members: dict[str, tuple[bytes, int]]) -> None:
    contents = {name: content for name, (content, _) in members.items()}
    attempt(zipped(contents, {name: mode for name, (_, mode) in members.items()}), 0)


HONEST = [
    tar([file("a/b", b"b" * 700), symlink("l", "a/b"), hard_link("h", "a/b")], mode)
    for mode in ("w:", "w:gz")
]
HONEST.append(zipped({"a/b": b"b" * 700, "c": b""}))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HONEST), st.lists(FLIP, min_size=1, max_size=8), st.integers(0, 5000))
def test_a_damaged_archive_is_unpacked_or_refused_but_nothing_else(
    content: bytes, flips: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(content)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    attempt(bytes(damaged[: len(damaged) - cut % len(damaged)]), 0)
