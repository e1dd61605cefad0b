from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from maxctl.artifacts.patch import PatchRefusedError, apply
from maxctl.core.errors import DiskFullError
from tests.artifacts.archives import names
from tests.projects import write_tree

EDIT = b"--- a/src/a.txt\n+++ b/src/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
CREATE = b"--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+new\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source inside a git repository, as a project usually is."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return write_tree(tmp_path / "inside" / "tree", {"src/a.txt": "one\ntwo\nthree\n"})


def test_a_patch_is_applied_although_the_project_is_a_repository(tree: Path) -> None:
    apply(tree, EDIT, "1.patch")
    apply(tree, CREATE, "2.patch")
    assert (tree / "src" / "a.txt").read_text() == "one\n2\nthree\n"
    assert (tree / "new.txt").read_text() == "new\n"


def test_a_patch_that_does_not_fit_names_itself_the_file_and_the_line(tree: Path) -> None:
    (tree / "src" / "a.txt").write_text("one\nzwei\nthree\n")
    with pytest.raises(
        PatchRefusedError, match=r"patches/x/1.patch does not apply: src/a.txt is another at line 1"
    ):
        apply(tree, CREATE + EDIT, "patches/x/1.patch")
    assert names(tree) == ["src", "src/a.txt"], "a patch is applied wholly or not at all"


def link(target: bytes) -> bytes:
    return (
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+"
        + target
        + b"\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (b"", "No valid patches|unrecognized input|gave no reason"),
        (b"not a patch\n", "No valid patches|unrecognized input"),
        (EDIT.replace(b" three", b""), "corrupt patch|does not apply"),
        (EDIT.replace(b"src/a.txt", b"none.txt"), "none.txt: No such file"),
        (CREATE.replace(b"b/new.txt", b"b/../../out.txt"), "out.txt"),
        (CREATE.replace(b"b/new.txt", b"b/.git/config"), "git/config"),
        (link(b"/etc"), "symbolic link l, which leads out"),
        (link(b"../.."), "symbolic link l, which leads out"),
        (
            link(b"../..")
            + b"diff --git a/l/x b/l/x\nnew file mode 100644\n"
            + CREATE.replace(b"new.txt", b"l/x"),
            "beyond",
        ),
    ],
)
def test_a_patch_that_is_none_or_leaves_the_tree_is_refused(tree: Path, patch: bytes, reason: str) -> None:
    before = names(tree.parent.parent)
    with pytest.raises(PatchRefusedError, match=reason):
        apply(tree, patch, "1.patch")
    assert [name for name in names(tree.parent.parent) if name not in before] in ([], ["inside/tree/l"])


def test_an_absolute_path_of_a_patch_means_one_in_the_tree(tree: Path) -> None:
    apply(tree, CREATE.replace(b"b/new.txt", b"/new/out.txt"), "1.patch")
    assert (tree / "new" / "out.txt").read_text() == "new\n"


def test_a_disk_that_is_full_is_not_called_a_bad_patch(tree: Path, tiny_disk: Path) -> None:
    much = "".join(f"+{number:040}\n" for number in range(3000))
    patch = f"--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,3000 @@\n{much}"
    with pytest.raises(DiskFullError, match=r"what 1\.patch changes"):
        apply(write_tree(tiny_disk / "tree", {"a": "a"}), patch.encode(), "1.patch")


def test_a_repository_in_the_source_has_no_say(tree: Path) -> None:
    subprocess.run(["git", "init", "-q", tree], check=True)
    ran = tree.parent / "ran"
    subprocess.run(["git", "-C", tree, "config", "core.fsmonitor", f"touch {ran}; false"], check=True)
    apply(tree, EDIT, "1.patch")
    assert not ran.exists()
