"""Which file is read how; what is not read is told."""

import json
from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import reader
from tests.licensing.claims.at_hand import known

SAID = "The weights are for non-commercial use only."


@pytest.fixture
def read(tmp_path):
    def told(name, content, **options):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        flags = {"own_metadata": False, "weights": False, "license_file": False, **options}
        return reader.read(PurePosixPath(name), place, known(), **flags)

    return told


def limits(said):
    return [s.stated for s in said.statements if s.kind.value == "restriction"]


DEEP = "[" * 100_000


@pytest.mark.parametrize("name", ["CITATION.cff", "codemeta.json", ".zenodo.json", "x.ipynb", "REUSE.toml"])
def test_what_is_nested_too_deeply_is_told(read, name):
    assert read(
        name, f"a = {DEEP}" if name.endswith("toml") else f"license: {DEEP}" if "cff" in name else DEEP
    ).problems


@pytest.mark.parametrize("name", ["package.json", "pyproject.toml"])
def test_metadata_that_is_nested_too_deeply_is_told(read, name):
    content = f"a = {DEEP}" if name.endswith("toml") else '{"a":' * 100_000
    assert read(name, content, own_metadata=True).problems


def test_a_broken_file_is_told_where_it_speaks_of_licenses(read):
    assert read("codemeta.json", '{"license": "CC-BY-NC-4.0",').problems
    assert not read("codemeta.json", '{"name": "x",').problems


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_a_document_is_decoded_by_its_first_bytes(read, name):
    assert limits(read("README.md", SAID.encode(name)))


def test_a_name_in_latin_letters_is_no_fault_and_another_script_is(read):
    assert not read("README.md", f"By José.\n\n{SAID}".encode("latin-1")).problems
    assert read("README.md", "权重仅供非商业用途。".encode("gb18030")).problems


def test_a_readme_beyond_all_measure_is_told_and_a_list_of_words_is_not(read, monkeypatch):
    monkeypatch.setattr(reader, "MAX_PROSE", 32 * 1024)
    long = "lorem ipsum dolor sit amet\n\n" * 2000
    said = read("README.md", f"# Foo\n\n{SAID}\n\n{long}")
    assert limits(said)
    assert "was not read" in said.problems[0][1]
    assert not read("word_sources.txt", long).problems


METADATA = "Metadata-Version: 2.1\nName: foo\nClassifier: License :: OSI Approved :: MIT License\n"


def test_the_body_of_metadata_is_the_readme_of_the_package(read):
    said = read("METADATA", f"{METADATA}\n# Foo\n\n{SAID}\n", own_metadata=True)
    assert [(s.line, s.how) for s in said.statements if s.kind.value == "restriction"] == [
        (7, "package description sentence")
    ]


def test_the_description_of_older_metadata_is_read(read):
    said = read("PKG-INFO", f"{METADATA}Description: # Foo\n        \n        {SAID}\n", own_metadata=True)
    assert [s.line for s in said.statements if s.kind.value == "restriction"] == [6]


def test_contradictory_words_in_one_badge_of_a_package_are_told_and_forbid_nothing(read):
    badge = "[![License: CC BY-NC 4.0](https://img.shields.io/badge/License-MIT-lightgrey.svg)](LICENSE)"
    said = read("METADATA", f"{METADATA}\n{badge}\n", own_metadata=True)
    assert [line for line, _ in said.problems] == [5]
    assert {s.stated for s in said.statements if s.kind.value == "grant"} <= {"MIT", "MIT License"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "pyproject.toml",
            '[project]\nlicense = "MIT"\nclassifiers = ["License :: Free for non-commercial use"]\n',
        ),
        ("setup.py", 'setup(name="foo",license="Free for academic use")\n'),
        ("METADATA", "License-Expression: MIT\nClassifier: License :: Free for non-commercial use\n\n"),
    ],
)
def test_metadata_that_limits_is_read_as_a_limit(read, name, content):
    assert limits(read(name, content, own_metadata=True))


def test_a_field_that_points_to_terms_which_are_no_license_file_is_stated(read):
    assert read("package.json", '{"license": "SEE LICENSE IN EULA.txt"}', own_metadata=True).statements
    read("LICENSE.txt", "MIT")
    assert not read("package.json", '{"license": "SEE LICENSE IN LICENSE.txt"}', own_metadata=True).statements


@pytest.mark.parametrize(
    "text",
    [
        "**Can I use the weights in my product?**\n\nNo.",
        "Q: Is commercial use allowed?\n\nA: No, sorry.",
        "### May I use the weights commercially?\n\nUnfortunately not.",
        "May I use it commercially? No.",
        "Can I sell it? Only with our consent.",
        "Do I have to pay when I use it in a company? Yes.",
    ],
)
def test_a_question_about_a_use_that_is_denied_is_a_limit(read, text):
    assert limits(read("README.md", f"# Foo\n\n## FAQ\n\n{text}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "**Can I use the weights in my product?**\n\nYes.",
        "May I use it commercially? Yes, of course.",
        "Is commercial use allowed? It is under the MIT license.",
        "Do I have to pay when I use it in a company? No.",
        "Does it run on Windows? No.",
    ],
)
def test_other_questions_limit_nothing(read, text):
    assert not limits(read("README.md", f"# Foo\n\n## FAQ\n\n{text}\n"))


def test_a_model_card_speaks_of_the_model(read):
    assert limits(read("model_card.md", "# Model card\n\n## Terms\n\nFor research only.\n"))


def test_a_block_of_code_that_forbids_in_a_sentence_is_told_and_a_command_is_not(read):
    assert read("README.md", f"# Foo\n\n```\n{SAID}\n```\n").problems
    assert not read("README.md", "# Foo\n\n```\nfoo --weights x.pt --non-commercial\n```\n").problems


@pytest.mark.parametrize("name", ["USE_POLICY.md", "USAGE_POLICY.md", "TERMS.md", "EULA.txt"])
def test_terms_of_ones_own_need_a_person(read, name):
    assert read(name, "Only for universities.\n", license_file=name[:3] in ("USE", "TER")).problems


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", 'p.add_argument("--weights", help="weights (non-commercial use only)")\n'),
        ("a.py", 'print("NOTE: the weights are for non-commercial use only")\n'),
        ("a.sh", 'echo "The weights are for non-commercial use only. Continue?"\n'),
        (
            "foo/x.py",
            "# Copyright (c) 2020, ACME Inc. All rights reserved.\n# Confidential. Do not distribute.\n",
        ),
        ("foo/x.py", "# ACME internal use only\nx = 1\n"),
        ("x.java", "/* Licensed to ACME customers under the ACME Master Agreement. */\nclass x {}\n"),
        ("s.py", "# For use by ACME employees only.\n"),
        ("d.py", '"""Foo.\n\nProprietary. Copyright ACME.\n"""\nx = 1\n'),
    ],
)
def test_a_program_that_tells_a_limit_has_to_be_looked_at(read, name, content):
    assert read(name, content).problems


APACHE = """# Copyright 2020 Google LLC. All rights reserved.
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# Unless required by applicable law, software
# distributed under the License is distributed on an "AS IS" BASIS.
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", APACHE),
        (
            "a.py",
            "# Copyright (c) Facebook, Inc. All rights reserved.\n# This file is under the license in LICENSE.\n",
        ),
        ("a.py", "# Confidential computing with enclaves.\nx = 1\n"),
        ("a.py", 'LABELS = ["residential", "commercial", "non-commercial"]\n'),
        ("tests/test_a.py", 'assert read("The weights are for non-commercial use only")\n'),
        ("a.py", "x = 1\n\n\ndef f():\n    # do not copy the array\n    return x\n"),
    ],
)
def test_ordinary_programs_are_not_told(read, name, content):
    assert not read(name, content).problems


def test_raw_cells_of_notebooks_are_prose(read):
    cells = [{"cell_type": "raw", "source": [SAID]}]
    assert limits(read("a.ipynb", json.dumps({"cells": cells})))


def test_a_recipe_of_ollama_names_the_model_that_another_is_made_from(read):
    said = read("Modelfile", "FROM llama3.2:3b\n\nSYSTEM hello\n")
    assert [(base.name, base.relation) for base in said.bases] == [("llama3.2-3b", "base")]


def test_the_models_of_a_merge_are_its_bases_and_other_configurations_name_none(read):
    recipe = "slices:\n  - sources:\n      - model: Qwen/Qwen2.5-3B-Instruct\nmerge_method: slerp\n"
    assert [base.name for base in read("mergekit_config.yml", recipe).bases] == ["Qwen/Qwen2.5-3B-Instruct"]
    assert read("config.yml", "model: Qwen/Qwen2.5-3B-Instruct\n").bases == ()


def test_a_known_model_that_code_loads_by_its_name_alone_is_found(read):
    code = 'app = FaceAnalysis(name="buffalo_l", allowed_modules=["detection"])\nprint("buffalo_l")\n'
    assert [(base.name, base.relation) for base in read("faces.py", code).bases] == [("buffalo_l", "loads")]
    assert read("faces.py", 'app = Window(name="buffalo")\n').bases == ()
