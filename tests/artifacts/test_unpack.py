from __future__ import annotations

import gzip
import os
import stat
import tarfile
from pathlib import Path

import pytest

from maxctl.artifacts.limits import Limits
from maxctl.artifacts.unpack import unpack
from maxctl.core import digest
from maxctl.core.errors import DiskFullError, UnpackError
from tests.artifacts.archives import file, hard_link, names, special, symlink, tar, zipped


def unpacked(tmp_path: Path, content: bytes, strip: int = 0, limits: Limits | None = None) -> Path:
    archive = tmp_path / "archive"
    archive.write_bytes(content)
    unpack(archive, tmp_path / "out" / "tree", strip=strip, limits=limits or Limits())
    return tmp_path / "out" / "tree"


@pytest.mark.parametrize(
    "content",
    [
        tar([file("a/b.txt", b"b"), file("a/run", b"r", 0o755)]),
        tar([file("a/b.txt", b"b"), file("a/run", b"r", 0o700)], "w:"),
        zipped({"a/b.txt": b"b", "a/run": b"r"}, {"a/run": 0o100755}),
    ],
    ids=["tar.gz", "tar", "zip"],
)
def test_each_format_gives_the_same_tree_whatever_modes_it_states(tmp_path: Path, content: bytes) -> None:
    before = os.umask(0o077)
    try:
        tree = unpacked(tmp_path, content)
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tree / name).stat().st_mode) for name in [".", *names(tree)]}
    assert modes == {".": 0o755, "a": 0o755, "a/b.txt": 0o644, "a/run": 0o755}
    assert (tree / "a" / "b.txt").read_bytes() == b"b"


def test_leading_folders_are_left_out_on_request(tmp_path: Path) -> None:
    content = tar([file("top.txt"), file("package/lib/a.js"), hard_link("package/b.js", "package/lib/a.js")])
    assert names(unpacked(tmp_path, content, strip=1)) == ["b.js", "lib", "lib/a.js"]


def test_links_inside_stay_links_and_hard_links_become_files_of_their_own(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, tar([file("a/b", b"b"), symlink("a/l", "../a/b"), hard_link("h", "a/b")]))
    assert (tree / "a" / "l").readlink() == Path("../a/b")
    assert (tree / "h").stat().st_nlink == 1
    assert (tree / "h").read_bytes() == b"b"


def test_what_no_digest_counts_is_left_out_and_named(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    members = ["a.py", "__pycache__/a.pyc", "b.pyc", ".git/config", ".gitignore"]
    archive.write_bytes(tar(map(file, members)))
    done = unpack(archive, tmp_path / "tree")
    assert done.left_out == (".git/config", "__pycache__/a.pyc", "b.pyc")
    assert names(tmp_path / "tree") == [".gitignore", "a.py"]
    assert done.files == 2 == len(list(digest.walk(tmp_path / "tree")))


HOSTILE = {
    "climbs out": (tar([file("../evil")]), "climbs out"),
    "climbs out within": (tar([file("a/../../evil")]), "climbs out"),
    "absolute": (tar([file("/tmp/evil")]), "absolute"),
    "windows": (tar([file("..\\evil")]), "Windows"),
    "drive": (tar([file("C:evil")]), "Windows"),
    "control characters": (tar([file("a\x1b[2J")]), "control characters"),
    "not UTF-8": (tar([file("a\udcff")]), "not UTF-8"),
    "link out, absolute": (tar([file("a"), symlink("l", "/etc")]), "leads out"),
    "link out, relative": (tar([file("a"), symlink("b/l", "../../x")]), "leads out"),
    "file through a link": (
        tar([symlink("l", "d"), file("d/a"), file("l/evil")]),
        "through the symbolic link `l`",
    ),
    "file onto a link": (tar([file("d"), symlink("l", "d"), file("l")]), "more than once"),
    "links that lean on one another": (
        # each looks well by itself: p/q/x is p/q/y/../../out, but p/q/y is the top
        tar([file("p/q/a"), symlink("p/q/y", "../.."), symlink("p/q/x", "y/../out")]),
        "`p/q/x`, which leads out",
    ),
    "hard link out": (tar([hard_link("h", "/etc/passwd")]), "absolute"),
    "hard link climbing out": (tar([hard_link("h", "../../etc/passwd")]), "climbs out"),
    "hard link to nothing": (tar([hard_link("h", "later"), file("later")]), "no file before it"),
    "hard link to a link": (tar([file("a"), symlink("l", "a"), hard_link("h", "l")]), "no file before it"),
    "device": (tar([special("null", tarfile.CHRTYPE)]), "device or pipe"),
    "pipe": (tar([special("pipe", tarfile.FIFOTYPE)]), "device or pipe"),
    "setuid": (tar([file("sudo", b"x", 0o4755)]), "setuid"),
    "twice": (tar([file("a", b"good"), file("a", b"evil")]), "more than once"),
    "twice, spelt otherwise": (tar([file("d/a", b"good"), file("d/./a", b"evil")]), "more than once"),
    "file and folder": (tar([file("a"), file("a/b")]), "as a file and as a folder"),
    "folder and file": (tar([file("a/b"), file("a")]), "as a file and as a folder"),
    "long": (tar([file("a" * 300)]), "too long"),
    "deep": (tar([file("/".join("a" * 70))]), "too long"),
    "empty": (tar([]), "no file"),
    "zip climbs out": (zipped({"../evil": b"x"}), "climbs out"),
    "zip with a zero byte": (
        zipped({"a.txt": b"x"}).replace(b"a.txt", b"a\x00txt"),
        "control characters|no archive",
    ),
    "zip link out": (zipped({"l": b"../../etc"}, {"l": 0o120777}), "leads out"),
    "zip device": (zipped({"d": b""}, {"d": 0o020666}), "device"),
    "no archive": (b"<html>not found</html>", "no archive"),
    "cut gzip": (tar([file("a", os.urandom(5000))])[:2000], "no archive"),
    "cut tar": (tar([file("a", b"x" * 5000)], "w:")[:2000], "no archive"),
    "cut between members": (tar([file("a"), file("b")], "w:")[:1024] + b"\xff" * 512, "no archive"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_or_damaged_archive_is_refused_whole(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnpackError, match=reason) as error:
        unpacked(tmp_path, content)
    assert error.value.message.startswith("the archive of tree ")
    assert names(tmp_path) == ["archive", "out"], "something was left behind"


def test_a_tar_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    bomb = tar([file("zeros", bytes(3_000_000))])
    with pytest.raises(UnpackError, match="times its"):
        unpacked(tmp_path, bomb, limits=Limits(ratio_from_bytes=1_000_000))


def test_a_zip_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    bomb = zipped({f"{n}": bytes(500_000) for n in range(10)})
    with pytest.raises(UnpackError, match="times its"):
        unpacked(tmp_path, bomb, limits=Limits(ratio_from_bytes=1_000_000))


def test_a_zip_that_states_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    honest = zipped({"a": b"x" * 5000})
    lying = honest.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(UnpackError, match=r"no archive|more than the 50"):
        unpacked(tmp_path, lying)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(entries=2), "more than 2 members"),
        (Limits(file_bytes=10), "`b` of 11 bytes"),
        (Limits(total_bytes=20), "grows to more than 20 bytes"),
    ],
)
def test_limits_of_members_and_bytes_hold(tmp_path: Path, limits: Limits, reason: str) -> None:
    members = {"a": b"x" * 10, "b": b"x" * 11, "c": b""}
    for content in (zipped(members), tar([file(*member) for member in members.items()])):
        with pytest.raises(UnpackError, match=reason):
            unpacked(tmp_path, content, limits=limits)
    unpacked(tmp_path, zipped(members))


def test_a_huge_tar_header_is_not_read_into_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 32
    with pytest.raises(UnpackError, match="header of 4294967296 bytes"):
        unpacked(tmp_path, gzip.compress(info.tobuf() + bytes(10_000)))


def test_a_chain_of_tar_headers_without_end_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1
    with pytest.raises(UnpackError, match="no archive"):
        unpacked(tmp_path, gzip.compress((info.tobuf() + bytes(512)) * 5000))


def test_a_full_disk_leaves_nothing_half_unpacked(tmp_path: Path, tiny_disk: Path) -> None:
    (tmp_path / "archive").write_bytes(tar([file("a", b"a"), file("b", os.urandom(100_000))]))
    with pytest.raises(DiskFullError, match="no room for the files of tree"):
        unpack(tmp_path / "archive", tiny_disk / "tree")
    assert names(tiny_disk) == []
