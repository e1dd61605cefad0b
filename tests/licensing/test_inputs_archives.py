"""Archives as foreign things hold them, honest and hostile: what is read of them, and what is said of the rest."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.artifacts.limits import Limits
from maxctl.licensing.inputs.expand import Expansion, expand
from maxctl.licensing.inputs.extract import Extracted, extract
from maxctl.licensing.inputs.placing import INNER, Room
from maxctl.licensing.inputs.walk import walk
from tests.artifacts.archives import file, hard_link, names, special, symlink, tar, zipped
from tests.projects import write_tree

TEXT = b"Permission is hereby granted, free of charge"


def extracted(tmp_path: Path, name: str, content: bytes, limits: Limits = INNER) -> tuple[Extracted, Path]:
    archive = tmp_path / "given"
    archive.write_bytes(content)
    out = tmp_path / "out"
    return extract(archive, PurePosixPath(name), out, Room(limits), tmp_path), out


def expanded(tmp_path: Path, files: dict[str, bytes], room: Room | None = None) -> Expansion:
    root = write_tree(tmp_path / "tree", files)
    archives = [path for path in walk(root, ()).files if path.suffix not in (".txt", ".md")]
    return expand(root, archives, tmp_path / "scratch" / "inner", room)


def encrypted() -> bytes:
    """Return a zip whose second member says that it is encrypted."""
    content = bytearray(zipped({"LICENSE": TEXT, "secret.txt": b"s"}))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    return bytes(content)


PLAIN = tar([file("p/LICENSE", TEXT)], "w:")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar", PLAIN),
        ("a.tgz", gzip.compress(PLAIN)),
        ("a.tar.bz2", bz2.compress(PLAIN)),
        ("a.tar.xz", lzma.compress(PLAIN)),
        ("a.tar.lzma", lzma.compress(PLAIN, lzma.FORMAT_ALONE)),
        ("a.tar.zst", zstandard.compress(PLAIN)),
        ("a.zip", zipped({"p/LICENSE": TEXT})),
        ("a-1.0-py3-none-any.whl", zipped({"p/LICENSE": TEXT})),
    ],
)
def test_every_accepted_kind_of_archive_is_unpacked(tmp_path: Path, name: str, content: bytes) -> None:
    done, out = extracted(tmp_path, name, content)
    assert (done, (out / "p/LICENSE").read_bytes()) == (Extracted(1), TEXT)
    assert names(tmp_path) == ["given", "out", "out/p", "out/p/LICENSE"]  # nothing stays beside it


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_a_single_compressed_file_comes_out_as_that_file(tmp_path: Path, compress) -> None:
    done, out = extracted(tmp_path, "notes/README.md.gz", compress(TEXT))
    assert done == Extracted(1) and (out / "README.md").read_bytes() == TEXT


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_a_compressed_file_that_is_cut_short_is_said_to_be_damaged(tmp_path: Path, compress) -> None:
    whole = compress(os.urandom(4000))
    done, _ = extracted(tmp_path, "words.gz", whole[: len(whole) // 2])
    assert done.files == 0 and done.stopped is not None and "damaged" in done.stopped


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (file("../../evil", TEXT), "climbs out"),
        (file("/etc/evil", TEXT), "absolute"),
        (file("a\x07b", TEXT), "control characters"),
        (file("C:\\evil", TEXT), "Windows"),
        (file("x" * 300, TEXT), "too long"),
        (file("n\udcff", TEXT), "not UTF-8"),
        (special("dev", tarfile.CHRTYPE), "device"),
        (symlink("out", "../../etc/passwd"), "leads out"),
        (symlink("out", "/etc/passwd"), "leads out"),
        (hard_link("out", "../../etc/passwd"), "hard link"),
        (hard_link("out", "nothing"), "hard link"),
        (file("LICENSE", b"another"), "several things"),
        (file("LICENSE/inner", b"another"), "several things"),
    ],
)
def test_a_member_that_cannot_be_written_is_told_and_the_others_are_read(
    tmp_path: Path, member: tuple[tarfile.TarInfo, bytes], reason: str
) -> None:
    content = tar([file("LICENSE", TEXT), member, file("z.txt", b"z")])
    done, out = extracted(tmp_path, "a.tar.gz", content)
    assert [reason in spot.text for spot in done.failures] == [True] and done.stopped is None
    assert (out / "LICENSE").read_bytes() == TEXT and names(out) == ["LICENSE", "z.txt"]
    done.failures[0].path.encode()


def test_links_that_stay_inside_are_kept_and_none_is_written_through(tmp_path: Path) -> None:
    members = [
        symlink("here", "d"),
        file("here/through", TEXT),
        file("d/file", TEXT),
        symlink("up", "d/../.."),
        symlink("d/l", ".."),
        symlink("over", "d/l/.."),
        symlink("over/evil", "x"),
        symlink("loop", "loop"),
        hard_link("same", "d/file"),
    ]
    done, out = extracted(tmp_path, "a.tar", tar(members, "w:"))
    told = {spot.path: spot.text for spot in done.failures}
    assert set(told) == {"here", "up", "over"} and "leads out" in told["up"] and "leads out" in told["over"]
    assert (out / "here").is_dir() and not (
        out / "here"
    ).is_symlink()  # a folder has the name, as the files say
    assert (out / "d/l").is_symlink() and (out / "loop").is_symlink() and (out / "same").read_bytes() == TEXT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "out"]


def test_what_came_before_damage_is_read_and_the_rest_is_said_not_to_be(tmp_path: Path) -> None:
    whole = tar([file("LICENSE", TEXT), file("big", os.urandom(3 << 20))])
    done, out = extracted(tmp_path, "a.tar.gz", whole[: len(whole) // 2])
    assert names(out) == ["LICENSE"] and done.stopped is not None and "was not read" in done.stopped


def test_an_encrypted_member_stops_the_archive_there(tmp_path: Path) -> None:
    done, out = extracted(tmp_path, "a.zip", encrypted())
    assert names(out) == ["LICENSE"] and "encrypted" in str(done.stopped)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_damage_inside_any_compression_of_a_zip_is_no_traceback(tmp_path: Path, method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("LICENSE", os.urandom(2000))
    content = bytearray(buffer.getvalue())
    content[60:400] = b"\xff" * 340
    done, _ = extracted(tmp_path, "a.zip", bytes(content))
    assert done.files == 0 and done.stopped is not None


@pytest.mark.parametrize("content", [gzip.compress(bytes(3 << 20)), zipped({"zeros": bytes(3 << 20)})])
def test_a_bomb_is_stopped_while_it_grows(tmp_path: Path, content: bytes) -> None:
    done, out = extracted(tmp_path, "a.gz", content, Limits(ratio_from_bytes=1 << 20, ratio=10))
    assert names(out) == [] and "fill a disk" in str(done.stopped)


def test_too_many_files_are_not_all_written(tmp_path: Path) -> None:
    content = zipped({f"{n}.txt": b"" for n in range(20)})
    done, out = extracted(tmp_path, "a.zip", content, Limits(entries=9))
    assert len(names(out)) == 9 and "9" in str(done.stopped)


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    for name in ("a.zip", "a.tar", "a.tar.gz"):
        (tmp_path / name).mkdir()
        done, _ = extracted(tmp_path / name, name, b"")
        assert done.files == 0 and "no archive that can be read" in str(done.stopped)


def test_files_of_inner_archives_are_shown_by_the_way_that_leads_to_them(tmp_path: Path) -> None:
    deep = zipped({"LICENSE": TEXT})
    outer = tar([file("inner/LICENSE", TEXT), file("inner/deep.zip", deep)])
    found = expanded(tmp_path, {"vendor/outer.tgz": outer, "README.md": b"r"})
    assert found.failures == () and found.archives == ("vendor/outer.tgz!",)
    files = [path.relative_to(found.folder).as_posix() for path in walk(found.folder, ()).files]
    assert files == [
        "vendor/outer.tgz!/inner/LICENSE",
        "vendor/outer.tgz!/inner/deep.zip",
        "vendor/outer.tgz!/inner/deep.zip!/LICENSE",
    ]


def test_archives_are_opened_three_deep_and_the_fourth_is_told(tmp_path: Path) -> None:
    content = zipped({"LICENSE": TEXT})
    for level in (4, 3, 2):
        content = zipped({f"{level}.zip": content})
    found = expanded(tmp_path, {"1.zip": content})
    assert [(spot.path, spot.text) for spot in found.failures] == [
        ("1.zip!/2.zip!/3.zip!/4.zip", "archives in archives, more than 3 deep")
    ]


def test_a_kind_that_is_not_opened_and_a_damaged_one_are_told_by_name(tmp_path: Path) -> None:
    files = {
        "a.rar": b"Rar!\x1a\x07",
        "b.7z": b"7z",
        "c.zip": b"PK",
        "d.zip": encrypted(),
        "e.zip": zipped({"../x": b""}),
    }
    told = {spot.path: spot.text for spot in expanded(tmp_path, files).failures}
    assert set(told) == {"a.rar", "b.7z", "c.zip", "d.zip", "e.zip!/../x"}
    assert "not opened (.rar)" in told["a.rar"] and "encrypted" in told["d.zip"]


def test_all_inner_archives_share_one_room(tmp_path: Path) -> None:
    files = {f"{n}.zip": zipped({"a": bytes(600)}) for n in range(3)}
    found = expanded(tmp_path, files, Room(Limits(total_bytes=1500)))
    assert [spot.path for spot in found.failures] == ["2.zip"]


def test_a_folder_with_the_name_of_an_opened_archive_takes_nothing_over(tmp_path: Path) -> None:
    outer = zipped({"a.zip": zipped({"LICENSE": TEXT}), "a.zip!/LICENSE": b"mine"})
    found = expanded(tmp_path, {"o.zip": outer})
    assert (found.folder / "o.zip!/a.zip!/LICENSE").read_bytes() == b"mine"
    assert [spot.path for spot in found.failures] == ["o.zip!/a.zip"]


def test_an_archive_whose_name_is_not_utf8_is_told(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "tree", {"a.txt": b""})
    place = Path(os.fsdecode(os.fsencode(root) + b"/\xff.zip"))
    place.write_bytes(zipped({"LICENSE": TEXT}))
    found = expand(root, [place], tmp_path / "scratch" / "inner")
    assert [spot.text for spot in found.failures] == ["its name is not UTF-8"]
    found.failures[0].path.encode()


def test_a_walk_goes_as_deep_as_the_folders_do_and_follows_no_link(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):  # deeper than Python's stack
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("LICENSE", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.symlink(tmp_path, "loop", dir_fd=descriptor)
    os.close(descriptor)
    found = walk(tmp_path, (".git",))
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # Python's own way is too shallow
    assert [path.name for path in found.files] == ["LICENSE", "loop"] and found.failures == ()


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"a/x": b"", "b/y": b"", ".git/z": b""})
    scandir = os.scandir

    def refusing(folder: str):
        if str(folder).endswith("/b"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = walk(tmp_path, (".git",))
    assert [path.name for path in found.files] == ["x"]
    assert [(spot.path, spot.text) for spot in found.failures] == [
        ("b", "a folder that cannot be looked into: Permission denied")
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(
        [zipped({"a/LICENSE": TEXT, "b": b"b"}), tar([file("LICENSE", TEXT)]), lzma.compress(PLAIN)]
    ),
    edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, 6000),
)
def test_no_damage_to_an_archive_raises_or_writes_outside(
    tmp_path_factory: pytest.TempPathFactory, base: bytes, edits: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(base)
    for place, value in edits:
        content[place % len(content)] = value
    room = tmp_path_factory.mktemp("damaged")
    extracted(room, "a.tar.xz", bytes(content[:cut] if cut % 3 == 0 else content))
    assert sorted(path.name for path in room.iterdir()) == ["given", "out"]
