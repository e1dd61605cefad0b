"""Repositories as things to judge, and the states that `--against` compares with; nothing of theirs runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maxctl.core.errors import FetchError, StageError, UsageError
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.licensing.inputs import recorded
from maxctl.licensing.inputs.opened import opened
from tests.artifacts.archives import names
from tests.artifacts.git_repositories import Repository, git, hosting
from tests.projects import project, write_tree

ELSEWHERE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A bare repository with two commits; the first is tagged v1, with an annotated tag."""
    made = Repository(tmp_path / "hosted" / "r.git")
    first = made.commit(made.files({"LICENSE": b"MIT", "sub/a.txt": b"1"}))
    git(made.folder, "tag", "--annotate", "-m", "one", "v1", first)
    made.commit(made.files({"LICENSE": b"GPL", "sub/a.txt": b"2"}))
    return made


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree with two commits, an uncommitted edit, and hooks, filters and settings that would leave a trace."""
    root = write_tree(
        tmp_path / "work",
        {"LICENSE": b"MIT\n", "sub/COPYING": b"old\n", ".gitattributes": b"* filter=evil\n"},
    )
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "one")
    git(root, "tag", "v1")
    write_tree(root, {"LICENSE": b"GPL\n"})
    git(root, "commit", "--quiet", "--all", "-m", "two")
    write_tree(root, {"sub/COPYING": b"edited\n"})
    touch = f"touch {tmp_path}/ran; cat"
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "core.fsmonitor",
        "uploadpack.packObjectsHook",
        "core.pager",
    ):
        git(root, "config", key, touch)
    hook = root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{touch}\n")
    hook.chmod(0o755)
    return root


@pytest.fixture
def served(repository: Repository) -> Iterator[str]:
    with hosting(repository.folder.parent) as address:
        yield f"git+{address}/r.git"


def license_at(target: str, cache: Path, revision: str | None = None, path: str = "LICENSE") -> str:
    with opened(target, cache, Silent(), revision=revision) as found:
        return (found.folder / path).read_text().strip()


def test_a_repository_is_taken_at_its_head_or_at_a_tag_a_branch_or_a_commit(
    served: str, own_cache: Path, repository: Repository
) -> None:
    first = git(repository.folder, "rev-parse", "v1^{commit}")
    assert license_at(served, own_cache) == "GPL"
    assert license_at(f"{served}@main", own_cache) == "GPL"
    assert license_at(f"{served}@v1", own_cache) == "MIT"
    assert license_at(f"{served}@{first}", own_cache) == "MIT"
    assert license_at(served, own_cache, "v1") == "MIT"
    assert names(own_cache / "tmp") == []


def test_the_commit_that_was_found_is_told(served: str, own_cache: Path, repository: Repository) -> None:
    with opened(served, own_cache, Silent()) as found:
        assert found.revision == git(repository.folder, "rev-parse", "main")
        assert found.name == f"{served.removeprefix('git+')}@{found.revision[:12]}"


def test_a_repository_of_this_machine_is_named_by_its_folder(
    repository: Repository, own_cache: Path, work: Path
) -> None:
    assert license_at(str(repository.folder), own_cache) == "GPL"
    assert license_at(f"git+file:{repository.folder}@v1", own_cache) == "MIT"
    assert license_at(f"git+file://{repository.folder}@v1", own_cache) == "MIT"
    assert license_at(f"git+file:{work}@HEAD~1", own_cache) == "MIT"


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-h", "a b", ELSEWHERE, "v1:LICENSE"])
def test_a_revision_that_is_not_there_is_an_error(
    repository: Repository, own_cache: Path, revision: str
) -> None:
    with (
        pytest.raises(FetchError, match="has no"),
        opened(str(repository.folder), own_cache, Silent(), revision=revision),
    ):
        pass


def test_a_branch_that_a_host_does_not_have_is_an_error(served: str, own_cache: Path) -> None:
    with (
        pytest.raises(FetchError, match="has no branch and no tag nowhere"),
        opened(f"{served}@nowhere", own_cache, Silent()),
    ):
        pass


def test_a_host_without_the_repository_is_an_error(served: str, own_cache: Path) -> None:
    with (
        pytest.raises(FetchError, match="no such repository"),
        opened(served.replace("r.git", "s.git"), own_cache, Silent()),
    ):
        pass


def test_a_folder_of_a_work_tree_at_a_revision_and_as_it_is_now(
    work: Path, own_cache: Path, tmp_path: Path
) -> None:
    before = names(work)
    assert license_at(str(work), own_cache) == "GPL"
    assert license_at(str(work), own_cache, "v1") == "MIT"
    assert license_at(str(work / "sub"), own_cache, "HEAD", "COPYING") == "old"
    assert license_at(str(work / "sub"), own_cache, path="COPYING") == "edited"
    with opened(str(work / "sub"), own_cache, Silent(), revision="v1") as found:
        assert names(found.folder) == ["COPYING"] and found.name == f"{work / 'sub'}@v1"
    assert names(work) == before and not (tmp_path / "ran").exists()


def test_a_linked_work_tree_has_a_head_of_its_own(work: Path, own_cache: Path, tmp_path: Path) -> None:
    git(
        work,
        "-c",
        "filter.evil.smudge=cat",
        "worktree",
        "add",
        "--quiet",
        "--detach",
        str(tmp_path / "linked"),
        "v1",
    )
    (tmp_path / "ran").unlink(missing_ok=True)  # git itself runs the hook of its own command
    assert license_at(str(tmp_path / "linked"), own_cache, "HEAD") == "MIT"
    assert not (tmp_path / "ran").exists()


def test_a_repository_cannot_make_git_fetch_what_it_lacks_by_a_program_of_its_own(
    work: Path, own_cache: Path, tmp_path: Path
) -> None:
    git(work, "config", "core.repositoryFormatVersion", "1")
    git(work, "config", "extensions.partialClone", "evil")
    git(work, "config", "remote.evil.url", str(work))
    git(work, "config", "remote.evil.promisor", "true")
    git(work, "config", "remote.evil.uploadpack", f"touch {tmp_path}/ran; git-upload-pack")
    with pytest.raises(FetchError), opened(str(work), own_cache, Silent(), revision=ELSEWHERE):
        pass
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("make", [lambda p: None, lambda p: (p / "a").write_text("x")])
def test_a_folder_outside_any_repository_has_no_revisions(tmp_path: Path, own_cache: Path, make) -> None:
    make(tmp_path)
    with (
        pytest.raises(UsageError, match="lies in no git repository"),
        opened(str(tmp_path), own_cache, Silent(), revision="v1"),
    ):
        pass


def test_a_folder_that_was_not_there_yet_is_an_error(work: Path, own_cache: Path) -> None:
    write_tree(work, {"new/a": b""})
    with (
        pytest.raises(FetchError, match="holds no file in new"),
        opened(str(work / "new"), own_cache, Silent(), revision="v1"),
    ):
        pass


def test_what_a_commit_holds_that_is_no_file_is_told(tmp_path: Path, own_cache: Path) -> None:
    made = Repository(tmp_path / "r.git")
    tree = made.files(
        {
            "LICENSE": b"MIT",
            "lib": ("160000", ELSEWHERE),
            "good": ("120000", b"LICENSE"),
            "evil": ("120000", b"../../etc/passwd"),
            "big": ("120000", b"x/" * 3000),
            "z.txt": b"z",
        }
    )
    listed = dict.fromkeys([b"\xff.txt", b"a\nb"], ("100644", made.blob(b"x")))
    made.commit(made.tree({**listed, b"t": ("040000", tree)}))
    with opened(str(made.folder), own_cache, Silent()) as found:
        told = {spot.path: spot.text for spot in found.failures}
        assert set(told) == {"\\udcff.txt", "a\nb", "t/lib", "t/evil", "t/big"}
        assert "submodule" in told["t/lib"] and "leads out" in told["t/evil"]
        assert (found.folder / "t/good").read_text() == "MIT" and (
            found.folder / "t/z.txt"
        ).read_text() == "z"


def test_a_name_that_stands_for_two_things_is_told_and_the_rest_is_read(
    tmp_path: Path, own_cache: Path
) -> None:
    made = Repository(tmp_path / "r.git")
    listed = [
        (b"100644 a", made.blob(b"one")),
        (b"100644 a", made.blob(b"two")),
        (b"100644 b", made.blob(b"b")),
    ]
    content = b"".join(name + b"\0" + bytes.fromhex(id_) for name, id_ in listed)
    made.commit(git(made.folder, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=content))
    with opened(str(made.folder), own_cache, Silent()) as found:
        assert (found.folder / "a").read_text() == "one" and (found.folder / "b").read_text() == "b"
        assert [spot.path for spot in found.failures] == ["a"]


def test_an_empty_repository_is_an_error(tmp_path: Path, own_cache: Path) -> None:
    with (
        pytest.raises(FetchError, match="has no revision HEAD"),
        opened(str(Repository(tmp_path / "r.git").folder), own_cache, Silent()),
    ):
        pass


FACTS = """{use_case: commercial, verdict: %s, legal_approval_required: true, policy: p, slots: {}}"""
RECORD = """schema_version: 1
model: tiny-detector
steps:
  licenses:
    stage: scan-license
    key: {digest: a, spec: a, files: a, options: a, needs: {}, version: 1, tools: {}}
    result: {verdict: passed, facts: %s}
    made_by: {maxctl: a, python: a, platform: a}
"""


@pytest.fixture
def recorded_project(tmp_path: Path) -> Project:
    """A project in a folder of a repository, whose record said `review` at v1 and says `allow` now."""
    root = project(tmp_path / "many/model", {"manifest.yaml": RECORD % FACTS % "review"})
    git(tmp_path / "many", "init", "--quiet", "--initial-branch=main")
    git(tmp_path / "many", "add", ".")
    git(tmp_path / "many", "commit", "--quiet", "-m", "one")
    git(tmp_path / "many", "tag", "v1")
    write_tree(root, {"manifest.yaml": RECORD % FACTS % "allow"})
    return Project(root)


def test_a_project_is_compared_with_what_was_recorded_then(
    recorded_project: Project, own_cache: Path
) -> None:
    assert recorded.now(recorded_project).verdict == "allow"
    assert recorded.at(recorded_project, "v1", own_cache, Silent()).verdict == "review"


def test_a_record_without_the_stage_or_by_another_maxctl_says_so(
    recorded_project: Project, own_cache: Path
) -> None:
    write_tree(recorded_project.root, {"manifest.yaml": "schema_version: 1\nmodel: tiny-detector\n"})
    with pytest.raises(StageError, match="holds no result") as error:
        recorded.now(recorded_project)
    assert "maxctl scan-license" in str(error.value.hint)
    write_tree(recorded_project.root, {"manifest.yaml": RECORD % "{verdict: allow}"})
    with pytest.raises(StageError, match="cannot read: use_case"):
        recorded.now(recorded_project)
    git(recorded_project.root, "rm", "--quiet", "--cached", "manifest.yaml")
    git(recorded_project.root, "commit", "--quiet", "-m", "two")
    with pytest.raises(StageError, match=r"there is no manifest.yaml at main"):
        recorded.at(recorded_project, "main", own_cache, Silent())
