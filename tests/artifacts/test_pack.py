from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.artifacts import pack
from maxctl.core.errors import DigestError, UnpackError
from tests.projects import write_tree

FILES = {
    "model.tflite": b"TFL3" + b"\0" * 5000,
    "labels.json": b"[]",
    "licenses/a/LICENSE": "Lizenz für €".encode(),
}
SCRIPT = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from maxctl.artifacts import pack
folder = Path(sys.argv[1])
files = [path for path in folder.rglob("*") if path.is_file()]
if sys.argv[4] == "reversed":
    files.reverse()
print(pack.pack({path.relative_to(folder).as_posix(): path for path in files}, Path(sys.argv[2])).sha256)
"""


def packed(tmp_path: Path, files: dict[str, bytes] = FILES) -> tuple[Path, pack.Packed]:
    write_tree(tmp_path / "in", files)
    archive = tmp_path / "a.tar.gz"
    return archive, pack.pack({name: tmp_path / "in" / name for name in files}, archive)


def test_another_process_umask_locale_and_time_give_the_same_bytes(tmp_path):
    digests = set()
    for name, umask, locale, mtime, order in (
        ("one", "022", "C", 0, ""),
        ("two", "077", "C.UTF-8", 2**31, "reversed"),
    ):
        folder = write_tree(tmp_path / name, FILES)
        for path in folder.rglob("*"):
            os.utime(path, (mtime, mtime))
        (folder / "labels.json").chmod(0o700)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder), str(tmp_path / f"{name}.tar.gz"), umask, order],
            env={**os.environ, "LC_ALL": locale, "TZ": "Asia/Tokyo" if mtime else "UTC", "PYTHONHASHSEED": umask},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(done.stdout)
    assert len(digests) == 1
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_an_archive_tells_nothing_of_the_machine(tmp_path):
    archive, _ = packed(tmp_path)
    assert archive.read_bytes()[4:8] == b"\0\0\0\0"  # the time in gzip's header
    assert archive.read_bytes()[3] == 0  # and no name
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == ["SHA256SUMS", *sorted(FILES)]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}


def test_sha256sum_checks_what_plain_tar_unpacked(tmp_path):
    archive, _ = packed(tmp_path)
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(tmp_path / "out")], check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=True)


def test_what_was_packed_is_told(tmp_path):
    archive, told = packed(tmp_path)
    assert told.size == archive.stat().st_size
    assert told.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert {one.path: one.sha256 for one in told.members} == {
        name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()
    }
    assert pack.contents(archive) == told.members


NAMES = st.text(st.characters(categories=["L", "N"], include_characters=" -_."), min_size=1, max_size=150)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.dictionaries(NAMES.map(lambda name: f"d/{name}x"), st.binary(max_size=200), min_size=1, max_size=4))
def test_unpacking_gives_back_what_was_packed(tmp_path_factory, files):
    tmp_path = tmp_path_factory.mktemp("pack")
    sources = {
        name: write_tree(tmp_path, {f"in/{i}": files[name]}) / f"in/{i}" for i, name in enumerate(files)
    }
    names = {name: name for name in files if len(name.encode()) < 250}
    told = pack.pack({name: sources[name] for name in names}, tmp_path / "a.tar.gz")
    pack.unpack(tmp_path / "a.tar.gz", tmp_path / "out", told.sha256)
    assert {n: (tmp_path / "out" / n).read_bytes() for n in names} == {n: files[n] for n in names}


def test_other_bytes_are_refused_before_anything_is_written(tmp_path):
    archive, told = packed(tmp_path)
    archive.write_bytes(archive.read_bytes()[:-1] + b"\1")
    with pytest.raises(DigestError, match=told.sha256):
        pack.unpack(archive, tmp_path / "out", told.sha256)
    assert not (tmp_path / "out").exists()


def forged(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> str:
    with tarfile.open(path, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def link(target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize(
    "member",
    [tarfile.TarInfo("../out-of-here"), tarfile.TarInfo("/tmp/absolute"), link("/etc/passwd")],
    ids=["up", "absolute", "link"],
)
def test_what_climbs_out_or_is_no_file_is_refused(tmp_path, member):
    sha256 = forged(tmp_path / "a.tar.gz", (member, b""))
    with pytest.raises(UnpackError, match="no plain file inside it"):
        pack.unpack(tmp_path / "a.tar.gz", tmp_path / "out", sha256)
    assert not (tmp_path / "out-of-here").exists()


def test_a_member_that_the_sums_do_not_name_is_refused(tmp_path):
    sums = f"{hashlib.sha256(b'a').hexdigest()}  a\n".encode()
    sha256 = forged(
        tmp_path / "a.tar.gz", (tarfile.TarInfo("SHA256SUMS"), sums), (tarfile.TarInfo("b"), b"a")
    )
    with pytest.raises(DigestError, match="SHA256SUMS"):
        pack.unpack(tmp_path / "a.tar.gz", tmp_path / "out", sha256)


@pytest.mark.parametrize(
    "content", [b"", b"no archive", gzip.compress(b"no tar" * 200)], ids=["empty", "text", "gzip"]
)
def test_what_is_no_archive_is_said_so(tmp_path, content):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(UnpackError, match="no archive that can be read"):
        pack.contents(tmp_path / "a.tar.gz")
