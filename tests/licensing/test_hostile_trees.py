"""Trees that are broken or mean harm: findings, no traceback, and no better verdict than the evidence supports."""

import io
import json
import os
import tarfile
import time
import zipfile

import pytest

from maxctl.core.findings import Severity
from maxctl.core.progress import Silent
from maxctl.licensing.scan_license import ScanLicense
from tests.licensing.test_scan_license import Scanner, scanner  # noqa: F401  # the fixture
from tests.projects import write_tree

MIT = "SPDX-License-Identifier: MIT\n"
CODE = {"LICENSE": MIT, "a.py": ""}


@pytest.fixture
def judge(tmp_path, scanner):  # noqa: F811
    def judged(root, **options):
        return ScanLicense(ScanLicense.Options(**options)).on_paths([str(root)], tmp_path / "cache", Silent())

    return judged


def not_scanned(outcome):
    return {str(f.place): f.message for f in outcome.findings if f.code == "LIC012"}


def verdict(outcome, slot):
    told = outcome.document["slots"][slot]
    return "empty" if told["empty"] else told["verdict"]


def test_loops_pipes_and_links_out_of_the_tree_are_told_and_not_followed(tmp_path, judge):
    root = write_tree(tmp_path / "repo", CODE)
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe.py")
    outcome = judge(root)
    assert {"loop", "pipe.py"} <= not_scanned(outcome).keys()
    assert verdict(outcome, "code") == "review"


def test_a_file_of_two_gigabytes_costs_nothing_and_is_told(tmp_path, judge):
    root = write_tree(tmp_path / "repo", CODE)
    with (root / "dump.csv").open("wb") as file:
        file.truncate(2 * 1024**3)
    assert "larger than" in not_scanned(judge(root))["dump.csv"]


def test_weights_of_any_size_are_not_read_as_text(tmp_path, judge):
    root = write_tree(tmp_path / "repo", CODE)
    with (root / "model.pt").open("wb") as file:
        file.truncate(2 * 1024**3)
    outcome = judge(root)
    assert (verdict(outcome, "weights"), not_scanned(outcome)) == ("review", {})


def archive_of(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(name, content)
    return packed.getvalue()


def test_a_license_inside_an_archive_inside_an_archive_counts(tmp_path, judge):
    inner = archive_of("vendored/x.py", "# SPDX-License-Identifier: AGPL-3.0-only\n")
    root = write_tree(tmp_path / "repo", {**CODE, "bundle.zip": archive_of("deep.zip", inner)})
    outcome = judge(root)
    assert verdict(outcome, "code") == "deny"
    assert "bundle.zip!/deep.zip!/vendored/x.py:1" in {str(f.place) for f in outcome.findings}


def test_an_archive_that_climbs_or_bursts_is_a_finding(tmp_path, judge):
    climbing = io.BytesIO()
    with tarfile.open(fileobj=climbing, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("../../outside.txt"))
    root = write_tree(
        tmp_path / "repo",
        {**CODE, "a.tar": climbing.getvalue(), "b.zip": archive_of("zeros", bytes(300 * 1024**2))},
    )
    outcome = judge(root)
    assert len(not_scanned(outcome)) == 2
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    "front",
    [
        "license: [unclosed\n",
        "license: &a [*a]\n",
        "a: &x [1]\nb: *x\nlicense: mit\n",
        "license: cc-by-nc-4.0\nlicense: mit\n",
        "{{{{\n",
    ],
)
def test_front_matter_that_cannot_be_trusted_is_never_an_allow(tmp_path, judge, front):
    root = write_tree(
        tmp_path / "repo", {"README.md": f"---\n{front}---\n# a model\n", "model.safetensors": b"x"}
    )
    outcome = judge(root)
    assert verdict(outcome, "weights") in ("review", "deny")
    assert any(f.code == "LIC018" for f in outcome.findings)


@pytest.mark.parametrize(
    "stated", ["MIT AND", "(((MIT", "MIT OR (Apache-2.0", "Apache-2.0 WITH nothing-known", "NOT MIT", "🙂"]
)
def test_an_expression_that_is_none_is_never_an_allow(tmp_path, judge, stated):
    card = f"---\nlicense_name: {json.dumps(stated)}\nlicense: other\n---\n# a model\n"
    root = write_tree(tmp_path / "repo", {"README.md": card, "model.safetensors": b"x"})
    assert verdict(judge(root), "weights") == "review"


def test_a_readme_cannot_write_into_the_report(tmp_path, judge):
    evil = "<script>alert(1)</script> The weights are CC-BY-NC-4.0 <img src=x onerror=a(2)> [x](javascript:alert(3))\n"
    root = write_tree(tmp_path / "repo", {"README.md": evil, "model.onnx": b"x", **CODE})
    judge(root, report=tmp_path / "out")
    page = (tmp_path / "out" / "license.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page.lower()
    assert 'href="javascript:' not in page.lower()


@pytest.mark.parametrize(
    "pattern",
    [
        "a " * 200_000,
        "and the " * 100_000,
        "(" * 200_000,
        "| a " * 50_000,
        "licensed under the " * 50_000,
        "CC BY " * 80_000,
    ],
)
def test_long_and_repetitive_documents_are_read_in_time(tmp_path, judge, pattern):
    root = write_tree(tmp_path / "repo", {**CODE, "README.md": f"# x\n\n{pattern}\n"})
    assert verdict(judge(root), "code") in ("allow", "review")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", "---\nlicense: " + "[" * 200_000 + "\n---\n# x\n"),
        ("CITATION.cff", "license: " + "[" * 200_000),
        ("codemeta.json", "[" * 100_000),
        ("package.json", "[" * 100_000),
        ("pyproject.toml", "a = " + "[" * 50_000),
        ("REUSE.toml", "a = " + "[" * 50_000),
        ("x.ipynb", "[" * 100_000),
    ],
)
def test_what_is_nested_beyond_all_measure_is_a_finding_and_no_fault(tmp_path, judge, name, content):
    outcome = judge(write_tree(tmp_path / "repo", {**CODE, name: content}))
    assert [f.place.path for f in outcome.findings if f.code == "LIC018"] == [name]
    assert outcome.document["verdict"] in ("review", "deny")


@pytest.mark.parametrize(
    "pattern",
    [
        "<!--" * 50_000,
        "a <!-- b\n" * 20_000,
        "<a " * 50_000,
        "<s>" * 50_000,
        "<h1>" * 50_000,
        "```a\n" * 20_000,
        "> " * 50_000,
        "<img alt=" * 20_000,
        "&amp" * 50_000,
        "![" * 50_000,
        "- " * 50_000,
        "# #" * 50_000,
        "<table><tr><td>" * 20_000,
        "commercial? " * 5_000,
        "<span hidden>" * 20_000,
    ],
)
def test_markup_that_is_never_closed_is_read_in_time(tmp_path, judge, pattern):
    began = time.monotonic()
    judge(write_tree(tmp_path / "repo", {**CODE, "README.md": f"# x\n\n{pattern}\n"}))
    assert time.monotonic() - began < 20


def test_many_tiny_files_are_judged(tmp_path, judge):
    root = write_tree(tmp_path / "repo", {**CODE, **{f"d{n % 50}/f{n}.txt": "x" for n in range(3000)}})
    outcome = judge(root)
    assert len(outcome.document["files"]) == 3002
    assert not [f for f in outcome.findings if f.severity is Severity.ERROR]
