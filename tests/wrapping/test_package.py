from __future__ import annotations

import gzip
import hashlib

import pytest

from maxctl.artifacts import pack
from maxctl.core import digest
from maxctl.core.errors import StageError
from maxctl.core.stage import Verdict
from maxctl.wrapping.package import LICENSE_TEXT, Package
from tests import projects
from tests.wrapping.small_project import codes

NAME = "tiny-detector-1.0.0.tar.gz"


def test_model_labels_and_license_texts_are_packed(project):
    outcome = project.run(Package())
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    facts = outcome.facts
    assert [member.path for member in facts.members] == [
        "labels.json",
        "licenses/research/LICENSE",
        "model.tflite",
    ]
    stored = project.root / ".maxctl/store" / NAME
    output = project.root / outcome.outputs[0]
    assert stored.read_bytes() == output.read_bytes()
    assert facts.sha256 == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert (facts.archive, facts.address) == (NAME, f"file:.maxctl/store/{NAME}")
    model = project.root / ".maxctl/out/convert/model.tflite"
    assert f"sha256:{facts.model_sha256}" == digest.of_file(model)


def test_the_same_again_gives_the_same_and_changes_nothing(project):
    first = project.run(Package())
    stored = project.root / ".maxctl/store" / NAME
    before = stored.stat().st_mtime_ns
    assert project.run(Package()) == first
    assert stored.stat().st_mtime_ns == before


def test_a_changed_model_under_the_same_version_is_refused(project):
    project.run(Package())
    stored = project.root / ".maxctl/store" / NAME
    before = stored.read_bytes()
    (project.root / ".maxctl/out/convert/model.tflite").write_bytes(b"TFL3 another")
    outcome = project.run(Package())
    assert (outcome.verdict, codes(outcome), outcome.outputs) == (Verdict.FAILED, ["PKG001"], ())
    assert "raise `version`" in outcome.findings[0].remedy
    assert stored.read_bytes() == before


def test_the_same_content_compressed_by_another_zlib_is_taken_as_it_is(project):
    project.run(Package())
    stored = project.root / ".maxctl/store" / NAME
    stored.write_bytes(gzip.compress(gzip.decompress(stored.read_bytes()), compresslevel=1, mtime=0))
    outcome = project.run(Package())
    assert outcome.verdict is Verdict.PASSED
    assert outcome.facts.sha256 == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert (project.root / outcome.outputs[0]).read_bytes() == stored.read_bytes()


def test_a_damaged_archive_in_the_store_is_not_taken(project):
    project.run(Package())
    (project.root / ".maxctl/store" / NAME).write_bytes(b"rotten")
    assert codes(project.run(Package())) == ["PKG001"]


def test_a_saved_model_is_packed_whole(make):
    project = make(inference={**projects.spec()["inference"], "engine": "tensorflow"})
    facts = project.run(Package()).facts
    assert facts.model == "saved_model"
    tree = digest.of_tree(project.root / ".maxctl/out/prepare/saved_model")
    assert f"sha256:{facts.model_sha256}" == tree
    assert {"saved_model/saved_model.pb", "saved_model/variables/variables.index"} < {
        m.path for m in facts.members
    }


def test_a_missing_license_text_is_told(project):
    (project.root / ".maxctl/out/fetch/sources/research/LICENSE").unlink()
    outcome = project.run(Package())
    assert (outcome.verdict, codes(outcome)) == (Verdict.PASSED, ["PKG002"])


@pytest.mark.parametrize(
    "name", ["LICENSE", "LICENCE.txt", "License-MIT", "NOTICE", "COPYING.LESSER", "LICENSES"]
)
def test_a_license_text_is_known_by_its_name(name):
    assert LICENSE_TEXT.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["license.py", "license-checker.mjs", "licenses.json", "LICENSED", "my-LICENSE"]
)
def test_what_only_speaks_of_licenses_is_no_license_text(name):
    assert not LICENSE_TEXT.fullmatch(name)


def test_labels_that_are_not_there_are_named(make):
    project = make(labels="labels/none.json")
    with pytest.raises(StageError, match=r"there is no file labels/none\.json"):
        project.run(Package())


def test_a_link_among_the_license_texts_is_not_followed(project, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (project.root / ".maxctl/out/fetch/sources/research/NOTICE").symlink_to(tmp_path / "secret")
    facts = project.run(Package()).facts
    assert "licenses/research/NOTICE" not in {member.path for member in facts.members}
    archive = project.root / ".maxctl/store" / NAME
    assert len(pack.contents(archive)) == 3


def test_the_license_texts_of_a_wheel_are_packed(project):
    source = next(project.root.glob(".maxctl/out/fetch/sources/*"))
    folder = source / "thing-1.0.dist-info" / "licenses"
    folder.mkdir(parents=True)
    (folder / "LICENSE").write_text("MIT License")
    (folder.parent / "METADATA").write_text("Name: thing")
    facts = project.run(Package()).facts
    paths = {member.path for member in facts.members}
    assert f"licenses/{source.name}/thing-1.0.dist-info/licenses/LICENSE" in paths
    assert not any("METADATA" in path for path in paths)
