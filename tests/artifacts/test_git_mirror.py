from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import socket
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import IO

import pytest

from maxctl.adapters import git as adapter
from maxctl.adapters.http import AbsentError
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.delivery import Delivery, Wanted
from maxctl.artifacts.git_mirror import Clones, Commit
from maxctl.artifacts.limits import LIMITS, Limits
from maxctl.artifacts.mirrors import Mirror, Mirrors, parse
from maxctl.artifacts.packages import Packages
from maxctl.artifacts.unpack import unpack
from maxctl.core.errors import DigestError, DiskFullError, FetchError, ToolMissingError, UnpackError
from maxctl.core.progress import Silent
from tests.artifacts.archives import expected
from tests.artifacts.git_repositories import Repository, git, hosting
from tests.artifacts.server import send
from tests.artifacts.test_delivery import Listener

ID = "0123456789abcdef0123456789abcdef01234567"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository, and a commit in it with what people stumble over, on top of an older one."""
    repository = Repository(tmp_path_factory.mktemp("made") / "r.git")
    repository.commit(repository.files({"a.txt": b"old"}))
    commit = repository.commit(
        repository.files(
            {
                "a.txt": b"a\r\n$Id$ $Format:%H$\n",
                ".gitattributes": b"* text eol=lf\na.txt ident export-subst\nhidden export-ignore\n",
                "hidden": b"hidden",
                "bin/run": ("100755", b"#!/bin/sh\n"),
                "bin/link": ("120000", b"../a.txt"),
                "data/Weights.bin": bytes(range(256)) * 20,
                "data/ä/" + "n" * 120: b"",
                "lfs.h5": POINTER,
                "third_party/sub": ("160000", ID),
            }
        )
    )
    return repository.folder, commit


@pytest.fixture
def repository(tmp_path: Path, made: tuple[Path, str]) -> Repository:
    """The test's own copy."""
    return Repository(shutil.copytree(made[0], tmp_path / "host" / "r.git"))


@pytest.fixture
def commit(repository: Repository, made: tuple[Path, str]) -> str:
    return made[1]


def clones(tmp_path: Path, listener: Listener | None = None, limits: Limits = LIMITS) -> Clones:
    return Clones(tmp_path, Cache(tmp_path / "cache"), listener or Silent(), limits)


def read(found: Clones, address: str) -> bytes:
    mirror = parse(address)
    assert mirror.commit
    with found.open(mirror.commit, mirror.member) as chunks:
        return b"".join(chunks)


# addresses


@pytest.mark.parametrize(
    ("address", "remote", "member"),
    [
        (f"git+https://h/o/r.git@{ID}#a/b c#d", "https://h/o/r.git", "a/b c#d"),
        (f"git+https://h/@o/r@{ID}", "https://h/@o/r", None),
        (f"git+http://127.0.0.1:80/r@{ID}#a", "http://127.0.0.1:80/r", "a"),
        (f"git+file:../r.git@{ID}#a@{ID}", "file:../r.git", f"a@{ID}"),
        (f"git+file:///r@{ID}", "file:///r", None),
    ],
)
def test_a_git_address_means_a_commit_and_a_path(address: str, remote: str, member: str | None) -> None:
    assert parse(address) == Mirror(address, commit=Commit(remote, ID), member=member)


@pytest.mark.parametrize(
    "address",
    [
        "git+https://h/r.git@main#a",
        "git+https://h/r.git#a",
        f"git+https://h/r.git@{ID[:7]}#a",
        f"git+https://h/r.git@{ID.upper()}#a",
        f"git+https://h/r.git@{ID}a#a",
        f"git+https://user:secret@h/r.git@{ID}",
        f"git+https://user@h/r.git@{ID}",
        f"git+https://h/r.git?token=secret@{ID}",
        f"git+http://example.org/r.git@{ID}",
        f"git+ssh://h/r.git@{ID}",
        f"git+git://h/r.git@{ID}",
        f"git+ext::sh -c true@{ID}",
        f"git+--upload-pack=x@{ID}",
        f"git+https://h/r.git@{ID}#",
        f"git+https://h/r.git@{ID}#a\nb",
        f"git+file:@{ID}",
    ],
)
def test_a_git_address_that_moves_or_tells_secrets_is_refused(address: str) -> None:
    with pytest.raises(FetchError):
        parse(address)


# files


def test_a_file_comes_as_it_was_committed_whatever_attributes_say(
    tmp_path: Path, repository: Repository, commit: str
) -> None:
    found = clones(tmp_path)
    assert read(found, f"git+file:host/r.git@{commit}#a.txt") == b"a\r\n$Id$ $Format:%H$\n"
    assert read(found, f"git+file:{repository.folder}@{commit}#bin/run") == b"#!/bin/sh\n"
    assert read(found, f"git+file:host/r.git@{commit}#data/ä/{'n' * 120}") == b""


def test_one_file_does_not_bring_the_others_along(
    tmp_path: Path, repository: Repository, commit: str
) -> None:
    read(clones(tmp_path), f"git+file:host/r.git@{commit}#a.txt")
    (clone,) = (path for path in (tmp_path / "cache" / "git").iterdir() if path.is_dir())
    held = git(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert held.count("blob") == 1


def test_ten_files_of_a_commit_fetch_it_once_and_then_need_no_host(
    tmp_path: Path, repository: Repository, commit: str
) -> None:
    listener = Listener()
    repository.configure("uploadpack.allowFilter", "false")  # then everything comes at once
    read(clones(tmp_path, listener), f"git+file:host/r.git@{commit}#a.txt")
    repository.folder.rename(tmp_path / "gone")
    assert read(clones(tmp_path, listener), f"git+file:host/r.git@{commit}#bin/run") == b"#!/bin/sh\n"
    assert listener.said == [f"fetching file:host/r.git@{commit[:12]}"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("data/weights.bin", r"no file data/weights\.bin; did you mean data/Weights\.bin\?"),
        ("Weights.bin", r"did you mean data/Weights\.bin\?"),
        ("bin/rum", r"did you mean bin/run\?"),
        ("zzzzzzzzzzzzzzz", r"no file zzzzzzzzzzzzzzz$"),
        ("a.txt/b", r"no file a\.txt/b"),
        ("../a.txt", r"no file \.\./a\.txt; did you mean a\.txt"),
        ("data", r"data is a folder; name a file"),
        ("bin/link", r"bin/link is a symbolic link"),
        ("bin/link/x", r"bin/link is a symbolic link"),
        ("third_party/sub", rf"is a submodule; name its own repository: git\+https://…@{ID}#path"),
        ("third_party/sub/x/y", rf"third_party/sub is a submodule.*@{ID}#x/y"),
        ("lfs.h5", r"Git LFS pointer: the file itself, 12345 bytes with the sha256 a{64}, is not in git"),
    ],
)
def test_what_is_no_file_is_told_as_what_it_is(made: tuple[Path, str], path: str, says: str) -> None:
    folder, commit = made
    with pytest.raises(AbsentError, match=says):
        read(clones(folder.parent), f"git+file:{folder}@{commit}#{path}")


# whole trees


def test_a_tree_is_packed_to_the_same_bytes_for_ever(
    tmp_path: Path, repository: Repository, commit: str
) -> None:
    listener = Listener()
    packed = read(clones(tmp_path, listener), f"git+file:host/r.git@{commit}")
    digest = hashlib.sha256(packed).hexdigest()
    pinned = "21272b621d44eac22d2ee563fed164d2bcc78588052014e6e806f53b1b37d7a0"
    assert (len(packed), digest) == (20480, pinned), "specs pin these bytes: they must never change"
    assert "submodule third_party/sub stays empty" in listener.said[-1]


def test_a_packed_tree_unpacks_to_what_was_committed(
    tmp_path: Path, repository: Repository, commit: str
) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(read(clones(tmp_path), f"git+file:host/r.git@{commit}"))
    unpack(archive, tmp_path / "tree")
    assert (tmp_path / "tree/a.txt").read_bytes() == b"a\r\n$Id$ $Format:%H$\n"
    assert (tmp_path / "tree/hidden").read_bytes() == b"hidden"
    assert str((tmp_path / "tree/bin/link").readlink()) == "../a.txt"
    assert os.access(tmp_path / "tree/bin/run", os.X_OK) and not os.access(tmp_path / "tree/a.txt", os.X_OK)
    assert (tmp_path / f"tree/data/ä/{'n' * 120}").is_file()
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert names == sorted(names, key=str.encode)
    assert "third_party/sub" not in names


def test_a_link_out_of_the_tree_is_refused_when_it_is_unpacked(
    tmp_path: Path, repository: Repository
) -> None:
    bad = repository.commit(repository.files({"a": b"a", "l": ("120000", b"../../etc/passwd")}))
    archive = tmp_path / "a.tar"
    archive.write_bytes(read(clones(tmp_path), f"git+file:host/r.git@{bad}"))
    with pytest.raises(UnpackError, match="symbolic link `l`, which leads out"):
        unpack(archive, tmp_path / "tree")


def test_a_name_that_is_no_utf_8_is_refused_in_a_tree_but_harms_no_other_file(
    tmp_path: Path, repository: Repository
) -> None:
    blob = repository.blob(b"a")
    bad = repository.commit(repository.tree({b"\xff": ("100644", blob), b"good": ("100644", blob)}))
    assert read(clones(tmp_path), f"git+file:host/r.git@{bad}#good") == b"a"
    with pytest.raises(UnpackError, match="not UTF-8"):
        read(clones(tmp_path), f"git+file:host/r.git@{bad}")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"entries": 10}, "more than 10 files and folders"),
        ({"file_bytes": 5119}, "a blob of 5120 bytes, more than 5119"),
        ({"total_bytes": 5200}, "more than 5200"),
        ({"depth": 1}, "folders in folders, more than 1 deep"),
    ],
)
def test_a_tree_over_a_limit_is_refused(
    tmp_path: Path, repository: Repository, commit: str, limits: dict[str, int], says: str
) -> None:
    with pytest.raises(UnpackError, match=says):
        read(clones(tmp_path, limits=replace(LIMITS, **limits)), f"git+file:host/r.git@{commit}")


def test_a_tree_that_holds_itself_a_million_times_is_refused_quickly(
    tmp_path: Path, repository: Repository
) -> None:
    tree = repository.files({"a": b"a"})
    for _ in range(7):
        tree = repository.tree({f"{number}".encode(): ("040000", tree) for number in range(10)})
    bomb = repository.commit(tree)
    with pytest.raises(UnpackError, match="more than 50000 files and folders"):
        read(clones(tmp_path), f"git+file:host/r.git@{bomb}")
    assert read(clones(tmp_path), f"git+file:host/r.git@{bomb}#0/1/2/3/4/5/6/a") == b"a"


def test_a_repository_that_is_too_large_is_not_fetched(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = repository.commit(repository.files({"a": os.urandom(200_000)}))
    monkeypatch.setattr(adapter, "PACK_BYTES", 100 * 1024)
    with pytest.raises(FetchError, match="is larger than"):
        read(clones(tmp_path), f"git+file:host/r.git@{big}")
    assert [path for path in (tmp_path / "cache" / "git").iterdir() if path.is_dir()] == []


# hosts


def refuse(status: int) -> adapter.Clone:
    def before(handler: BaseHTTPRequestHandler) -> bool:
        send(handler, b"", status)
        return True

    return before  # type: ignore[return-value]


def test_a_host_is_asked_for_one_commit_only(tmp_path: Path, repository: Repository, commit: str) -> None:
    with hosting(repository.folder.parent) as host:
        address = f"git+{host}/r.git@{commit}"
        assert read(clones(tmp_path), f"{address}#a.txt").startswith(b"a\r\n")
        packed = io.BytesIO(read(clones(tmp_path), address))
    with tarfile.open(fileobj=packed) as tar:
        assert "hidden" in tar.getnames()
    for clone in (path for path in (tmp_path / "cache" / "git").iterdir() if path.is_dir()):
        assert (clone / "shallow").exists()


@pytest.fixture
def old_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak as old hosts do, which give branches and tags away, but nothing else by its name."""
    monkeypatch.setattr(adapter, "OPTIONS", (*adapter.OPTIONS, "protocol.version=0"))


def test_a_host_that_gives_no_single_commit_is_asked_for_its_branches(
    tmp_path: Path,
    repository: Repository,
    commit: str,
    old_protocol: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    fetch = adapter.Clone._fetch
    monkeypatch.setattr(
        adapter.Clone, "_fetch", lambda self, *words: (asked.extend(words), fetch(self, *words))[1]
    )
    later = repository.files({"later": b""})
    git(repository.folder, "update-ref", "refs/heads/main", git(
        repository.folder, "commit-tree", later, "-p", commit, "-m", "later"
    ))  # fmt: skip
    with hosting(repository.folder.parent) as host:
        assert read(clones(tmp_path), f"git+{host}/r.git@{commit}#hidden") == b"hidden"
        assert "--refetch" not in asked, "the branches came with their files"
        with pytest.raises(AbsentError, match=f"no commit {ID}"):
            read(clones(tmp_path), f"git+{host}/r.git@{ID}#hidden")


def test_a_host_that_gives_a_tip_without_its_files_is_asked_for_all(
    tmp_path: Path, repository: Repository, commit: str, old_protocol: None
) -> None:
    with hosting(repository.folder.parent) as host:
        assert read(clones(tmp_path), f"git+{host}/r.git@{commit}#hidden") == b"hidden"


def test_a_host_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "CONTACT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(FetchError, match=r"^git was stopped: it ran for more than"):
            read(clones(tmp_path), f"git+http://127.0.0.1:{port}/r.git@{ID}")


def test_an_unknown_commit_is_named(tmp_path: Path, repository: Repository, commit: str) -> None:
    for address in (f"git+file:host/r.git@{ID}#a", f"git+file:host/r.git@{ID}"):
        with pytest.raises(AbsentError, match=f"^has no commit {ID}$"):
            read(clones(tmp_path), address)


def test_a_tag_is_no_commit(tmp_path: Path, repository: Repository, commit: str) -> None:
    git(repository.folder, "tag", "-a", "v1", "-m", "v1", commit)
    tag = git(repository.folder, "rev-parse", "v1")
    with pytest.raises(AbsentError, match="that is a tag, name a commit"):
        read(clones(tmp_path), f"git+file:host/r.git@{tag}#a.txt")


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, FetchError, r"asks for a login.*~/\.netrc"),
        (403, FetchError, "cannot be asked: The requested URL returned error: 403"),
        (404, AbsentError, "no such repository"),
        (500, FetchError, "returned error: 500"),
    ],
)
def test_what_a_host_answers_is_told(tmp_path: Path, status: int, error: type[FetchError], says: str) -> None:
    with hosting(tmp_path, refuse(status)) as host, pytest.raises(error, match=says) as caught:
        read(clones(tmp_path), f"git+{host}/r.git@{ID}")
    assert isinstance(caught.value, AbsentError) == (error is AbsentError)


def test_a_host_that_is_down_is_told(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"cannot be asked: .*connect") as caught:
        read(clones(tmp_path), f"git+http://127.0.0.1:1/r.git@{ID}")
    assert not isinstance(caught.value, AbsentError)


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    for name in ("r", "none"):
        with pytest.raises(AbsentError, match="no such repository"):
            read(clones(tmp_path), f"git+file:{name}@{ID}")


def test_a_host_cannot_lead_elsewhere(tmp_path: Path, repository: Repository, commit: str) -> None:
    with hosting(repository.folder.parent) as other:

        def lead(handler: BaseHTTPRequestHandler) -> bool:
            handler.send_response(302)
            handler.send_header("Location", other + handler.path)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return True

        with hosting(tmp_path, lead) as host, pytest.raises(FetchError):
            read(clones(tmp_path), f"git+{host}/r.git@{commit}#a.txt")


def test_no_setting_of_the_user_has_a_say(
    tmp_path: Path, repository: Repository, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    trap.chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[credential]\n helper = "!{trap}"\n[core]\n askPass = {trap}\n hooksPath = {tmp_path}\n fsmonitor = {trap}\n'
        f'[uploadpack]\n packObjectsHook = {trap}\n[url "file:///nowhere"]\n insteadOf = file:\n insteadOf = http:\n'
    )
    monkeypatch.setenv("HOME", str(home))
    for name in ("SSH_ASKPASS", "GIT_ASKPASS", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF"):
        monkeypatch.setenv(name, str(trap))
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_TRACE"):
        monkeypatch.setenv(name, str(tmp_path / "hook"))  # as where a hook runs maxctl
    assert read(clones(tmp_path), f"git+file:host/r.git@{commit}#hidden") == b"hidden"
    with hosting(tmp_path, refuse(401)) as host, pytest.raises(FetchError, match="asks for a login"):
        read(clones(tmp_path), f"git+{host}/r.git@{ID}")
    assert not sprung.exists()
    assert not (tmp_path / "hook").exists()


def test_a_login_comes_from_netrc(
    tmp_path: Path, repository: Repository, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")

    def guard(handler: BaseHTTPRequestHandler) -> bool:
        if handler.headers.get("Authorization") == "Basic bWU6c2VjcmV0":
            return False
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.send_response(401)
        handler.send_header("WWW-Authenticate", 'Basic realm="r"')
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    with hosting(repository.folder.parent, guard) as host:
        assert read(clones(tmp_path), f"git+{host}/r.git@{commit}#hidden") == b"hidden"
        (tmp_path / ".netrc").unlink()
        with pytest.raises(FetchError, match="asks for a login"):
            read(clones(tmp_path), f"git+{host}/r.git@{commit}")


def test_without_git_the_mend_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="`git` is not on this machine") as caught:
        read(clones(tmp_path), f"git+file:r@{ID}")
    assert caught.value.hint == "apt-get install git"


# the cache


def test_a_damaged_clone_is_made_anew(tmp_path: Path, repository: Repository, commit: str) -> None:
    address = f"git+file:host/r.git@{commit}#data/Weights.bin"
    content = bytes(range(256)) * 20
    wish = Wanted("artifact w", expected(content), (address,))
    Delivery(tmp_path, tmp_path / "cache", Silent()).get(wish)
    for pack in (tmp_path / "cache" / "git").rglob("*.pack"):
        pack.chmod(0o644)
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 0xFF
        pack.write_bytes(data)
    Cache(tmp_path / "cache").drop(wish.expected)
    Delivery(tmp_path, tmp_path / "cache", Silent()).copy(wish, tmp_path / "w")
    assert (tmp_path / "w").read_bytes() == content


def test_an_object_with_another_content_is_found_out(tmp_path: Path, repository: Repository) -> None:
    commit = repository.commit(repository.files({"a": b"good"}))
    read(clones(tmp_path), f"git+file:host/r.git@{commit}#a")
    good, evil = repository.blob(b"good"), repository.blob(b"evil")
    (clone,) = (path for path in (tmp_path / "cache" / "git").iterdir() if path.is_dir())
    for pack in (clone / "objects" / "pack").glob("*.pack"):
        moved = pack.rename(tmp_path / pack.name)
        git(clone, "unpack-objects", "-q", stdin=moved.read_bytes())
    loose = clone / "objects" / good[:2] / good[2:]
    loose.unlink()
    loose.write_bytes((repository.folder / "objects" / evil[:2] / evil[2:]).read_bytes())
    with pytest.raises(UnpackError, match="is damaged"):
        read(clones(tmp_path), f"git+file:host/r.git@{commit}#a")


@pytest.mark.parametrize("wrong", [b"HIDDEN", b"-", b"much longer than that"])
def test_a_wrong_digest_tells_the_numbers_to_put_into_the_spec(
    tmp_path: Path, repository: Repository, commit: str, wrong: bytes
) -> None:
    wish = Wanted("artifact a", expected(wrong), (f"git+file:host/r.git@{commit}#hidden",))
    numbers = f"it holds size: 6, sha256: {hashlib.sha256(b'hidden').hexdigest()}"
    with pytest.raises(DigestError, match=numbers):
        Delivery(tmp_path, tmp_path / "cache", Silent()).get(wish)


def test_two_at_once_fetch_a_commit_once(
    tmp_path: Path, repository: Repository, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = parse(f"git+file:host/r.git@{commit}#hidden")
    other = Clones(tmp_path, Cache(tmp_path / "other"), Silent())
    read(other, mirror.address)
    listener = Listener()
    found = clones(tmp_path, listener)
    place = found._place(mirror.commit, mirror.member)
    place.parent.mkdir(parents=True)
    real = fcntl.flock
    with place.with_suffix(".lock").open("w") as lock:
        real(lock, fcntl.LOCK_EX)

        def flock(file: IO[str], how: int) -> None:
            if how == fcntl.LOCK_EX:  # while we wait, the other one comes to its end
                other._place(mirror.commit, mirror.member).rename(place)
                real(lock, fcntl.LOCK_UN)
            real(file, how)

        monkeypatch.setattr(fcntl, "flock", flock)
        assert read(found, mirror.address) == b"hidden"
    assert [said.partition(" ")[0] for said in listener.said] == ["waiting"], "it fetched nothing"


def test_a_full_disk_names_the_repository(tmp_path: Path, tiny_disk: Path, repository: Repository) -> None:
    big = repository.commit(repository.files({"a": os.urandom(200_000)}))
    found = Clones(tmp_path, Cache(tiny_disk), Silent())
    with pytest.raises(DiskFullError, match=r"no room for file:host/r\.git"):
        read(found, f"git+file:host/r.git@{big}")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Mirrors]:
    cache = Cache(tmp_path / "cache")
    yield Mirrors(tmp_path, Packages(cache, Silent()), Clones(tmp_path, cache, Silent()))


def test_mirrors_open_and_forget_a_commit(
    opened: Mirrors, repository: Repository, commit: str, tmp_path: Path
) -> None:
    mirror = parse(f"git+file:host/r.git@{commit}#hidden")
    with opened.open(mirror) as chunks:
        assert b"".join(chunks) == b"hidden"
    assert opened.ask_anew(mirror) is False, "it was made in this run"
    cache = Cache(tmp_path / "cache")
    later = Mirrors(tmp_path, Packages(cache, Silent()), Clones(tmp_path, cache, Silent()))
    assert later.ask_anew(mirror) is True
    assert later.ask_anew(mirror) is False, "there is nothing left to forget"
