"""The real child: what it says of a small tree, and what hangs, dies or is damaged in it."""

import json
from pathlib import Path

import pytest

from maxctl.adapters import scancode
from maxctl.adapters.scancode import fast, guard, keys
from maxctl.core.progress import Silent
from tests.projects import write_tree

RECORDED = Path(__file__).parents[1] / "recorded" / "scancode-32.5.0"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def scan(root, cache, **settings):
    files = [path for path in root.rglob("*") if path.is_file()]
    return {file.path: file for file in scancode.scan(root, files, cache, Silent(), **settings)}


def test_the_installed_scancode_is_the_one_that_is_known():
    assert guard.refusal(keys.site(), scancode.version()) is None


def test_a_source_that_differs_by_a_byte_is_refused(tmp_path):
    for name in guard.SOURCES:
        write_tree(tmp_path, {name: (keys.site() / name).read_bytes()})
    write_tree(tmp_path, {guard.INDEX: ""})
    assert guard.refusal(tmp_path, "32.5.0") is None
    changed = tmp_path / "licensedcode" / "match_set.py"
    changed.write_bytes(changed.read_bytes() + b"#")
    assert "match_set.py is not as scancode 32.5.0 has it" in guard.refusal(tmp_path, "32.5.0")
    assert "fast engine knows 32.5.0" in guard.refusal(tmp_path, "32.5.1")


def test_it_answers_as_the_program_did(cache):
    found = scan(RECORDED / "tiny", cache)
    for expected in scancode.parse((RECORDED / "tiny.json").read_text(encoding="utf-8")):
        file = found[expected.path]
        assert (file.licenses, file.found, file.copyrights) == (
            expected.licenses,
            expected.found,
            expected.copyrights,
        )


def test_a_license_that_is_named_by_another_file_is_taken_on_across_runs(cache, tmp_path):
    text = (RECORDED / "tiny" / "nested" / "LICENSE").read_text(encoding="utf-8")
    root = write_tree(tmp_path, {"LICENSE": text, "a.py": "# See LICENSE for license information.\n"})
    assert scan(root, cache)["a.py"].licenses == "MIT"
    (root / "b.py").write_text("# See LICENSE for the license information.\n")
    found = scan(root, cache)
    assert (found["a.py"].licenses, found["b.py"].licenses) == ("MIT", "MIT")
    (root / "LICENSE").unlink()
    assert scan(root, cache)["a.py"].licenses == "LicenseRef-scancode-unknown-license-reference"


def test_a_damaged_index_is_made_anew_and_the_answers_are_right(cache, tmp_path):
    root = write_tree(tmp_path, {"a.py": "# Copyright 2020 Example Inc.\n# SPDX-License-Identifier: MIT\n"})
    described = json.loads((cache / "scancode" / "index.json").read_text())
    path = cache / "scancode" / described["file"]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = scan(root, cache)["a.py"]
    assert (found.licenses, found.copyrights) == ("MIT", ("Copyright 2020 Example Inc.",))
    assert (cache / "scancode" / described["file"]).read_bytes() != bytes(content)


def test_a_file_that_takes_too_long_costs_only_itself(cache, tmp_path):
    words = "license copyright redistribution permitted provided notice warranty "
    root = write_tree(
        tmp_path, {"a.py": "# SPDX-License-Identifier: MIT\n", "b.txt": (words * 20 + "\n") * 4000}
    )
    files = sorted(root.iterdir())
    found = fast.scan(root, files, cache, Silent(), jobs=2, label="tree", site=keys.site(), limit_s=1.5)
    assert [file.licenses for file in found] == ["MIT", None]
    assert found[1].errors == ("the scanner took more than 1.5 s",)
