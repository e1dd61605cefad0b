"""What `maxctl scan-license PATH` takes, what it refuses, and that nothing stays behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maxctl.adapters import npm, pypi
from maxctl.artifacts.limits import Limits
from maxctl.core.errors import FetchError, StageError, ToolMissingError, UnpackError, UsageError
from maxctl.core.progress import Silent
from maxctl.licensing.inputs import opened as opening
from maxctl.licensing.inputs.opened import opened
from maxctl.licensing.inputs.targets import Archive, Folder, Package, Repository, at, parse
from tests.artifacts.archives import file, names, tar, zipped
from tests.projects import write_tree

TEXT = b"MIT License"


def left(cache: Path) -> list[str]:
    """Return what stands in the cache's folder of unfinished things."""
    return names(cache / "tmp")


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("npm:lodash", Package("npm", "lodash")),
        ("npm:@scope/name@1.2.3-rc.1", Package("npm", "@scope/name", "1.2.3-rc.1")),
        ("npm:lodash@next", Package("npm", "lodash", "next")),
        ("pypi:six", Package("pypi", "six")),
        ("pypi:zope.interface==5.0", Package("pypi", "zope.interface", "5.0")),
        ("git+https://h.org/o/r", Repository("https://h.org/o/r")),
        ("git+https://h.org/o/r.git@v1.0", Repository("https://h.org/o/r.git", "v1.0")),
        ("git+https://h.org/o/r.git@feature/x@2", Repository("https://h.org/o/r.git", "feature/x@2")),
        ("https://h.org/o/r.git", Repository("https://h.org/o/r.git")),
        ("git+http://127.0.0.1:80/r.git", Repository("http://127.0.0.1:80/r.git")),
    ],
)
def test_an_address_names_a_package_or_a_repository(target: str, meant: object) -> None:
    assert parse(target) == meant


def test_a_path_that_is_there_is_what_it_is_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(
        write_tree(tmp_path, {"npm:six/a": b"", "x.zip": zipped({"a": b""}), "unnamed": tar([file("a")])})
    )
    assert parse("npm:six") == Folder(Path("npm:six"))
    assert (parse("x.zip"), parse("unnamed")) == (Archive(Path("x.zip")), Archive(Path("unnamed")))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere", "there is no folder and no archive nowhere"),
        ("hf:org/model", "no address that can be read"),
        ("https://h.org/org/model", "no address of a git repository"),
        ("git+http://h.org/r.git", "no address of a git repository"),
        ("git@h.org:o/r.git", "not read over ssh"),
        ("git+ssh://git@h.org/o/r.git", "h.org/o/r.git"),
        ("npm:Bad Name", "no address"),
        ("npm:", "no address"),
        ("pypi:six@1.0", "no address"),
        ("git+file:nowhere@main", "there is no repository nowhere"),
        ("README.md", "is a file and no archive"),
        ("pipe", "neither a folder nor a file"),
        ("dangling", "leads nowhere"),
        ("/dev/zero", "neither a folder nor a file"),
        ("", "there is no folder"),
        ("a\ud800b", "there is no folder"),
    ],
)
def test_anything_else_is_refused_with_what_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, words: str
) -> None:
    monkeypatch.chdir(write_tree(tmp_path, {"README.md": b"text"}))
    os.mkfifo("pipe")
    Path("dangling").symlink_to("nothing")
    with pytest.raises(UsageError, match=words) as error:
        parse(target)
    assert error.value.hint


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="login") as error:
        parse("git+https://me:secret@h.org/r.git")
    assert "secret" not in f"{error.value.message}{error.value.hint}" and "netrc" in str(error.value.hint)


def test_a_revision_of_a_package_is_its_version_and_an_archive_has_none() -> None:
    assert at(Package("npm", "a", "1.0.0"), "2.0.0") == Package("npm", "a", "2.0.0")
    assert at(Archive(Path("a.zip")), "1") is None


def test_a_folder_is_read_where_it_stands_and_left_as_it_is(tmp_path: Path, own_cache: Path) -> None:
    root = write_tree(tmp_path / "repo", {"LICENSE": TEXT, "v/inner.zip": zipped({"x/COPYING": b"GPL"})})
    before = names(root)
    with opened(str(root), own_cache, Silent()) as found:
        assert (found.folder, found.name, found.revision, found.failures) == (root, str(root), None, ())
        assert (found.inner / "v/inner.zip!/x/COPYING").read_bytes() == b"GPL"
        assert found.archives == ("v/inner.zip!",)
    assert names(root) == before and left(own_cache) == []


def test_no_archive_is_looked_for_where_nobody_looks(tmp_path: Path, own_cache: Path) -> None:
    root = write_tree(tmp_path / "repo", {"a": b"", "node_modules/m.zip": b"broken"})
    with opened(str(root), own_cache, Silent(), exclude=("node_modules",)) as found:
        assert found.failures == () and names(found.inner) == []


def test_an_archive_is_unpacked_with_the_archives_in_it(tmp_path: Path, own_cache: Path) -> None:
    place = tmp_path / "model.tar.gz"
    place.write_bytes(tar([file("m/LICENSE", TEXT), file("m/in.zip", zipped({"L": b"x"})), file("../e")]))
    with opened(str(place), own_cache, Silent()) as found:
        assert names(found.folder) == ["m", "m/LICENSE", "m/in.zip"]
        assert (found.inner / "m/in.zip!/L").read_bytes() == b"x"
        assert [spot.path for spot in found.failures] == ["../e"]
    assert left(own_cache) == []


def test_an_archive_of_which_nothing_can_be_read_is_an_error(tmp_path: Path, own_cache: Path) -> None:
    for name, content, words in (
        ("a.zip", b"PK", "no archive"),
        ("b.rar", b"Rar!", "not opened"),
        ("c.zip", zipped({}), "no file"),
    ):
        (tmp_path / name).write_bytes(content)
        with (
            pytest.raises(UnpackError, match=words) as error,
            opened(str(tmp_path / name), own_cache, Silent()),
        ):
            pass
        assert name in error.value.message and error.value.hint
    assert left(own_cache) == []


def test_nothing_stays_behind_when_judging_fails(tmp_path: Path, own_cache: Path) -> None:
    place = tmp_path / "a.zip"
    place.write_bytes(zipped({"a": b"x"}))
    with pytest.raises(KeyboardInterrupt), opened(str(place), own_cache, Silent()):
        raise KeyboardInterrupt
    assert left(own_cache) == []


def test_an_archive_that_holds_too_much_is_read_up_to_there(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SCANNED", Limits(total_bytes=1000))
    place = tmp_path / "a.zip"
    place.write_bytes(zipped({"LICENSE": TEXT, "big": bytes(5000)}))
    with opened(str(place), own_cache, Silent()) as found:
        assert names(found.folder) == ["LICENSE"] and found.failures[0].path == "a.zip"


def test_a_folder_that_may_not_be_read_is_an_error(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    own_cache.mkdir()
    with pytest.raises(StageError, match="cannot be looked into"):
        opening._readable(tmp_path)


def test_a_package_is_opened_with_the_version_that_was_found(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def pack(name: str, version: str, folder: Path) -> Path:
        asked.append((name, version))
        place = folder / "scope-name-2.1.0.tgz"
        place.write_bytes(tar([file("package/LICENSE", TEXT)]))
        return place

    monkeypatch.setattr(npm, "pack", pack)
    for _ in range(2):  # what moves is asked each time
        with opened("npm:@scope/name", own_cache, Silent()) as found:
            assert (found.name, found.revision) == ("npm:@scope/name@2.1.0", "2.1.0")
            assert (found.folder / "package/LICENSE").read_bytes() == TEXT
    for _ in range(2):  # what is exact is kept
        with opened("npm:@scope/name@2.1.0", own_cache, Silent()):
            pass
    assert asked == [("@scope/name", "latest")] * 2 + [("@scope/name", "2.1.0")]
    assert left(own_cache) == []


def test_a_wheel_is_opened_with_the_version_of_its_name(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(name: str, version: str | None, folder: Path) -> Path:
        place = folder / f"{name}-{version or '3.0'}-py3-none-any.whl"
        place.write_bytes(zipped({"a.dist-info/licenses/LICENSE": TEXT}))
        return place

    monkeypatch.setattr(pypi, "download", download)
    with opened("pypi:tiny", own_cache, Silent()) as newest:
        assert newest.name == "pypi:tiny==3.0"
    with opened("pypi:tiny", own_cache, Silent(), revision="1.0") as older:
        assert older.name == "pypi:tiny==1.0"


@pytest.mark.parametrize(
    "error", [FetchError("npm: E500"), ToolMissingError("`npm` is not here", hint="get it")]
)
def test_a_package_that_cannot_be_had_says_which(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, error: FetchError | ToolMissingError
) -> None:
    def pack(name: str, version: str, folder: Path) -> Path:
        raise error

    monkeypatch.setattr(npm, "pack", pack)
    with pytest.raises(type(error), match="npm:lodash: "), opened("npm:lodash", own_cache, Silent()):
        pass


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "license_"),
    [("npm:is-odd@3.0.1", "package/LICENSE"), ("npm:is-odd", "package/LICENSE"), ("pypi:six", "six.py")],
)
def test_real_packages_are_opened(own_cache: Path, target: str, license_: str) -> None:
    with opened(target, own_cache, Silent()) as found:
        assert (found.folder / license_).is_file() and found.revision and found.failures == ()
