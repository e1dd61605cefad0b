"""License texts: the tree's own copy first, the scanner's next, and none left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.licensing import scancode_categories
from maxctl.licensing.papers import license_texts
from tests.licensing import paper_sample
from tests.licensing.paper_sample import DOCUMENT, LLAMA, MIT, document, lines

GENERIC = MIT.replace("MIT License\n\nCopyright (c) 2024 Harbor Vision Lab\n\n", "")
ENTRIES = {
    "mit": ("MIT", "", GENERIC),
    "apache-2.0": ("Apache-2.0", "", "Apache License\n---\nVersion 2.0\n"),
    "bsd-new": ("BSD-3-Clause", "other_spdx_license_keys:\n    - LicenseRef-Old-BSD\n", "Redistribution …\n"),
    "bsd-older": ("BSD-3-Clause", "is_deprecated: yes\n", "An older text\n"),
    "gpl-2.0": ("GPL-2.0-only", "other_spdx_license_keys:\n  - GPL-2.0\n", "GNU GPL 2\n"),
    "classpath-exception-2.0": ("Classpath-exception-2.0", "is_exception: yes\n", "As a special exception\n"),
    "llama-3.1-license-2024": (LLAMA, "", "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\n"),
    "proprietary-license": ("LicenseRef-scancode-proprietary-license", "is_generic: yes\n", "About a kind\n"),
    "empty": ("LicenseRef-scancode-empty", "", ""),
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    for key, (id_, more, text) in ENTRIES.items():
        head = f"---\nkey: {key}\nname: {key}\nspdx_license_key: {id_}\n{more}---\n\n{text}"
        (tmp_path / f"{key}.LICENSE").write_text(head, encoding="utf-8")
    return tmp_path


def found(expression: str, path: str = "src/a.py", **more) -> dict:
    """Return a document in which one file has this license, and nothing is concluded."""
    told = paper_sample.allowed()
    told["slots"]["code"]["empty"] = True
    files = [{"path": path, "sha256": "0" * 64, "licenses": expression, "copyrights": []}]
    return {**told, "files": files, **more}


def names(texts: dict[str, str]) -> list[str]:
    return [name.removeprefix("LICENSES/").removesuffix(".txt") for name in texts]


def test_concluded_and_found_licenses_have_a_text_each_and_the_rest_is_named(database):
    texts = license_texts.collect(DOCUMENT, lines, database)
    assert names(texts) == ["Apache-2.0", "BSD-3-Clause", LLAMA, "MIT", "LICENSES-MISSING"]
    assert texts["LICENSES/Apache-2.0.txt"] == "Apache License\n---\nVersion 2.0\n"
    missing = texts[license_texts.MISSING]
    assert "CC-BY-4.0\n    found at: https://cocodataset.org/#termsofuse" in missing
    assert "GPL-3.0-only" in missing and "NOASSERTION" not in missing


def test_the_tree_s_own_text_names_the_holder(database):
    assert license_texts.collect(DOCUMENT, lines, database)["LICENSES/MIT.txt"] == MIT


def test_a_notice_is_no_license_text(database):
    told = found("MIT", "LICENSE")
    texts = license_texts.collect(told, lambda _: ["SPDX-License-Identifier: MIT"], database)
    assert texts["LICENSES/MIT.txt"] == GENERIC


def test_a_file_that_holds_more_than_the_license_is_no_license_text(database):
    mixed = [*MIT.splitlines(), *["def code(): return 1"] * 200]
    texts = license_texts.collect(found("MIT", "LICENSE"), lambda _: mixed, database)
    assert texts["LICENSES/MIT.txt"] == GENERIC


def test_a_file_of_like_length_with_other_words_is_no_license_text(database):
    prose = ["Words about something else altogether, line after line."] * 18
    texts = license_texts.collect(found("MIT", "LICENSE"), lambda _: prose, database)
    assert texts["LICENSES/MIT.txt"] == GENERIC


def test_the_text_nearest_to_the_root_is_taken(database):
    told = found("MIT")
    told["files"] = [
        {**told["files"][0], "path": path} for path in ("a/b/LICENSE", "z/LICENSE", "x/y/LICENSE")
    ]
    texts = license_texts.collect(told, lambda path: [*MIT.splitlines(), path], database)
    assert texts["LICENSES/MIT.txt"].endswith("\nz/LICENSE\n")


def test_an_exception_has_a_text_of_its_own(database):
    texts = license_texts.collect(found("GPL-2.0 WITH Classpath-exception-2.0 OR MIT"), lines, database)
    assert names(texts) == ["Classpath-exception-2.0", "GPL-2.0", "MIT"]
    assert texts["LICENSES/GPL-2.0.txt"] == "GNU GPL 2\n"


def test_an_old_id_is_known_and_a_deprecated_text_is_not_taken(database):
    texts = license_texts.collect(found("LicenseRef-Old-BSD AND BSD-3-Clause"), lines, database)
    assert set(texts.values()) == {"Redistribution …\n"}


def test_a_license_that_the_scanner_does_not_know_is_taken_from_a_file_named_so(database):
    id_ = "LicenseRef-maxctl-llama-3-2024"
    told, text = found(id_, "weights/LICENSE.txt"), [f"clause {number}" for number in range(50)]
    assert license_texts.collect(told, lambda _: text, database)[f"LICENSES/{id_}.txt"].startswith(
        "clause 0\n"
    )
    assert names(license_texts.collect(told, lambda _: text[:9], database)) == ["LICENSES-MISSING"]
    elsewhere = found(id_, "weights/model.py")
    assert names(license_texts.collect(elsewhere, lambda _: text, database)) == ["LICENSES-MISSING"]


@pytest.mark.parametrize("key", ["empty", "proprietary-license"])
def test_a_database_entry_without_a_text_of_its_own_is_missing(database, key):
    texts = license_texts.collect(found(f"LicenseRef-scancode-{key}"), lines, database)
    assert names(texts) == ["LICENSES-MISSING"]


@pytest.mark.parametrize("id_", ["../../etc/passwd", "LicenseRef-a/b", "x\ny", "MIT/../../a"])
def test_an_id_cannot_leave_its_folder(database, id_):
    texts = license_texts.collect(found(id_, "LICENSE"), lambda _: MIT.splitlines(), database)
    assert list(texts) == [license_texts.MISSING]


def test_the_license_of_a_base_model_is_wanted_even_where_another_was_concluded(database):
    told = document()
    told["slots"]["weights"]["concluded"] = "Apache-2.0"
    assert f"LICENSES/{LLAMA}.txt" in license_texts.collect(told, lines, database)


@pytest.mark.slow
def test_the_scanner_s_own_database_has_the_texts():
    texts = license_texts.collect(DOCUMENT, lines, scancode_categories.database())
    assert license_texts.MISSING not in texts
    assert texts["LICENSES/MIT.txt"] == MIT
    assert "Version 2.0, January 2004" in texts["LICENSES/Apache-2.0.txt"]
    assert not any("spdx_license_key" in text for text in texts.values())
