from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import package_metadata


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package.json", '{\n "license": "MIT"\n}', [("MIT", 2, "package.json")]),
        ("package.json", '{"license": {"type": "ISC"}}', [("ISC", 1, "package.json")]),
        ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "ISC"}]}', [("MIT OR ISC", 1, "package.json")]),
        ("package.json", '{"license": "SEE LICENSE IN EULA.md"}', []),
        ("package.json", "{not json", []),
        ("package.json", "[]", []),
        ("METADATA", "Name: x\nLicense-Expression: MIT\nLicense: BSD\n", [("MIT", 2, "License-Expression")]),
        ("METADATA", "License: Apache 2.0\nClassifier: License :: OSI Approved :: MIT License\n\nText",
         [("Apache 2.0", 1, "License field"), ("MIT License", 2, "classifier")]),
        ("PKG-INFO", "License: UNKNOWN\nClassifier: License :: OSI Approved\n", []),
        ("pyproject.toml", '[project]\nname = "x"\nlicense = "MIT"\n', [("MIT", 3, "pyproject.toml")]),
        ("pyproject.toml", '[project]\nlicense = {text = "BSD"}\n', [("BSD", 2, "pyproject.toml")]),
        ("pyproject.toml", '[project]\nlicense = {file = "LICENSE"}\n', []),
        ("pyproject.toml", "not toml [", []),
        ("pyproject.toml", '[project]\nclassifiers = ["License :: OSI Approved :: MIT License"]\n',
         [("MIT License", 2, "classifier")]),
        ("setup.cfg", "[metadata]\nname = x\nlicense = MIT\n[options]\nlicense = no\n", [("MIT", 3, "setup.cfg")]),
        ("setup.cfg", "[metadata]\nlicense = file: LICENSE\n", []),
        ("setup.py", "setup(\n    name='x',\n    license='BSD-3-Clause',\n)\n", [("BSD-3-Clause", 3, "setup.py")]),
    ],
)  # fmt: skip
def test_what_a_package_states_is_read_with_its_line(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert package_metadata.statements(tmp_path / name) == expected


def test_metadata_of_what_a_tree_contains_is_not_its_own():
    own = [
        path for path in ("package.json", "pkg/package.json", "x-1.0.dist-info/METADATA", "pkg/lib/package.json")
        if package_metadata.is_own(PurePosixPath(path), ("", "pkg"))
    ]  # fmt: skip
    assert own == ["package.json", "pkg/package.json", "x-1.0.dist-info/METADATA"]
