from __future__ import annotations

import errno
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from maxctl.artifacts import cache as cache_module
from maxctl.core import digest
from maxctl.core.errors import DigestError, DiskFullError, FetchError, SpecError, UnpackError
from maxctl.core.facts.fetch import FetchFacts
from maxctl.core.findings import Severity
from maxctl.core.progress import Silent
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Verdict
from maxctl.licensing.fetch import Fetch
from tests.artifacts.archives import file, names, symlink, tar
from tests.projects import spec, write_tree

GRAPH, PICTURE = b"{}", b"a picture"
CODE = tar([file("package/a.txt", b"one\ntwo\n"), file("package/run.sh", b"#!/bin/sh\n", 0o755)])
EDIT = "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
AGAIN = EDIT.replace("-two\n+2", "-2\n+II")
PLACES = {"sources": "sources/tiny", "artifacts": "artifacts/model/model.json", "samples": "samples/a.png"}


def entry(content: bytes, *mirrors: str, **more: Any) -> dict[str, Any]:
    return {"size": len(content), "sha256": sha256(content).hexdigest(), "mirrors": list(mirrors), **more}


def tiny(**changes: Any) -> dict[str, Any]:
    return spec(
        **{
            "sources": [entry(CODE, "file:up/code.tgz", name="tiny", strip=1)],
            "artifacts": [entry(GRAPH, "file:up/model.json", path="model/model.json")],
            "samples": [entry(PICTURE, "file:up/a.png", path="a.png", license="CC0-1.0", credit="me")],
            **changes,
        }
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path / "project", {"up/code.tgz": CODE, "up/model.json": GRAPH, "up/a.png": PICTURE}
    )


def run(root: Path, data: dict[str, Any] | None = None, staging: str = "staging") -> Outcome:
    model = ModelView(
        root,
        root.parent / staging,
        root.parent / "cache",
        ModelSpec.model_validate(data or tiny()),
        Fetch.reads,
        {},
    )
    return Fetch().run(model, Silent())


def out(root: Path, staging: str = "staging") -> Path:
    return root.parent / staging / ".maxctl" / "out" / "fetch"


def facts(outcome: Outcome) -> FetchFacts:
    assert isinstance(outcome.facts, FetchFacts)
    return outcome.facts


def test_everything_stands_where_later_stages_look(root: Path) -> None:
    outcome = run(root)
    assert outcome.verdict is Verdict.PASSED
    assert outcome.outputs == tuple(
        f".maxctl/out/fetch/{name}" for name in ("sources/tiny", "artifacts", "samples")
    )
    assert [name for name in names(out(root)) if (out(root) / name).is_file()] == [
        "artifacts/model/model.json",
        "samples/a.png",
        "sources/tiny/a.txt",
        "sources/tiny/run.sh",
    ]
    assert (out(root) / "samples" / "a.png").read_bytes() == PICTURE


def test_facts_name_exact_bytes_slots_and_the_tree(root: Path) -> None:
    told = facts(run(root))
    (source,), (artifact,), (sample,) = told.sources, told.artifacts, told.samples
    assert (source.name, source.slot, source.sha256, source.files) == (
        "tiny",
        "code",
        sha256(CODE).hexdigest(),
        2,
    )
    assert source.tree == digest.of_tree(out(root) / "sources" / "tiny")
    assert (artifact.path, artifact.slot, artifact.size) == ("model/model.json", "weights", 2)
    assert (sample.path, sample.slot, sample.address) == ("a.png", "samples", "file:up/a.png")
    assert str(root) not in told.model_dump_json()
    assert [row[0] for row in told.tables()[0].rows] == [
        "source tiny",
        "artifact model/model.json",
        "sample a.png",
    ]


def test_the_result_is_the_same_from_the_cache_and_from_another_mirror(root: Path) -> None:
    first = run(root)
    cached = run(root, staging="second")
    elsewhere = tiny(samples=[{**tiny()["samples"][0], "mirrors": ["file:up/a.png", "file:up/other.png"]}])
    assert first == cached == run(root, elsewhere, "third")
    assert digest.of_tree(out(root)) == digest.of_tree(out(root, "second"))


def test_an_edit_in_the_project_harms_neither_cache_nor_other_projects(root: Path) -> None:
    run(root)
    for path in PLACES.values():
        target = out(root) / path
        (target / "a.txt" if target.is_dir() else target).write_bytes(b"edited")
    run(root, staging="second")
    assert (out(root, "second") / PLACES["samples"]).read_bytes() == PICTURE
    assert (out(root, "second") / PLACES["sources"] / "a.txt").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("section", ["sources", "artifacts", "samples"])
def test_a_wrong_digest_never_reaches_the_project(root: Path, section: str) -> None:
    changed = {**tiny()[section][0], "sha256": "1" * 64}
    with pytest.raises(DigestError, match=r"no mirror delivers.*\n  file:up/.*: delivers the sha256 "):
        run(root, tiny(**{section: [changed]}))
    assert not (out(root) / PLACES[section]).exists()


def test_a_mirror_that_lacks_or_differs_is_a_warning_and_the_next_is_taken(root: Path) -> None:
    (root / "up" / "old.png").write_bytes(b"an old one")
    sample = {**tiny()["samples"][0], "mirrors": ["file:up/none.png", "file:up/old.png", "file:up/a.png"]}
    outcome = run(root, tiny(samples=[sample]))
    assert outcome.verdict is Verdict.PASSED
    assert [(one.code, one.severity, one.subject, one.message) for one in outcome.findings] == [
        ("FET001", Severity.WARNING, "sample a.png", "the mirror file:up/none.png does not have it"),
        ("FET002", Severity.WARNING, "sample a.png", "the mirror file:up/old.png delivers other bytes"),
    ]
    assert (out(root) / "samples" / "a.png").read_bytes() == PICTURE


def test_unreachable_mirrors_end_with_exit_code_5_and_all_reasons(root: Path) -> None:
    sample = {**tiny()["samples"][0], "mirrors": ["file:up/none.png", "file:up"]}
    with pytest.raises(FetchError, match=r"sample a.png: no mirror") as error:
        run(root, tiny(samples=[sample]))
    assert error.value.exit_code == 5
    assert "file:up/none.png: there is no such file" in error.value.message
    assert "file:up: is a folder" in error.value.message


def test_addresses_that_mean_nothing_are_told_all_at_once_before_any_work(root: Path) -> None:
    bad = {
        "sources": [{**tiny()["sources"][0], "mirrors": ["npm:a@latest"]}],
        "samples": [{**tiny()["samples"][0], "mirrors": ["pypi:a==1.*", "file:up/a.png"]}],
    }
    with pytest.raises(SpecError) as error:
        run(root, tiny(**bad))
    assert [problem.split(":")[0] for problem in error.value.problems] == ["source tiny", "sample a.png"]
    assert not out(root).exists()


def test_a_path_that_is_a_file_and_a_folder_is_an_error_of_the_spec(root: Path) -> None:
    artifacts = [
        entry(GRAPH, "file:up/model.json", path=path) for path in ("model/model.json", "model/model.json/x")
    ]
    with pytest.raises(SpecError, match=r"model/model\.json as a file"):
        run(root, tiny(artifacts=artifacts))


def test_a_source_that_climbs_out_is_named(root: Path) -> None:
    evil = tar([file("package/a"), symlink("package/l", "../../..")])
    (root / "up" / "code.tgz").write_bytes(evil)
    with pytest.raises(UnpackError, match="the archive of tiny holds the symbolic link `l`, which leads out"):
        run(root, tiny(sources=[entry(evil, "file:up/code.tgz", name="tiny", strip=1)]))
    assert not (out(root) / "sources" / "tiny").exists()


def test_patches_are_applied_in_order_and_digested(root: Path) -> None:
    patches = {
        "patches/tiny/02-again.patch": AGAIN,
        "patches/tiny/01-edit.patch": EDIT,
        "patches/README": "why",
    }
    write_tree(root, patches)
    outcome = run(root)
    assert (out(root) / "sources" / "tiny" / "a.txt").read_text() == "one\nII\n"
    (source,) = facts(outcome).sources
    assert [(patch.path, patch.sha256) for patch in source.patches] == [
        (f"patches/tiny/{name}", sha256(text.encode()).hexdigest())
        for name, text in (("01-edit.patch", EDIT), ("02-again.patch", AGAIN))
    ]
    assert source.tree == digest.of_tree(out(root) / "sources" / "tiny")


def test_a_patch_that_does_not_apply_fails_the_stage_and_hands_nothing_on(root: Path) -> None:
    write_tree(root, {"patches/tiny/01-again.patch": AGAIN})
    outcome = run(root)
    (finding,) = outcome.findings
    assert (outcome.verdict, outcome.outputs, outcome.facts) == (Verdict.FAILED, (), None)
    assert (finding.code, str(finding.place)) == ("FET004", "patches/tiny/01-again.patch")
    assert finding.message == "patches/tiny/01-again.patch does not apply: a.txt is another at line 1"


@pytest.mark.parametrize(
    "path",
    [
        "patches/tinny/1.patch",
        "patches/1.patch",
        "patches/tiny/deep/1.patch",
        "patches/tiny/1.diff",
    ],
)
def test_a_patch_for_no_source_fails_the_stage(root: Path, path: str) -> None:
    write_tree(root, {path: EDIT})
    outcome = run(root)
    assert outcome.verdict is Verdict.FAILED
    assert [(finding.code, finding.subject) for finding in outcome.findings] == [("FET003", path)]
    assert "tiny" in outcome.findings[0].remedy


def test_a_full_disk_says_what_was_being_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache_module, "_synchronise", fill)
    with pytest.raises(DiskFullError, match=r"no room for artifact model/model\.json; it needs"):
        run(root)
    assert not [name for name in names(root.parent) if "blobs" in name and (root.parent / name).is_file()]


def test_every_code_it_can_emit_is_declared_and_explained() -> None:
    assert [code.code for code in Fetch.codes] == ["FET001", "FET002", "FET003", "FET004"]
    assert all(code.title and code.why for code in Fetch.codes)
