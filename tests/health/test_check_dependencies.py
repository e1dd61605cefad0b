"""Dependencies: what is read from declarations, and what is decided from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.core.findings import Severity
from maxctl.health.checks.dependencies import declared, imports
from maxctl.health.checks.dependencies.declared import Declared, UnreadableError
from maxctl.health.checks.dependencies.distributions import is_standard, providers
from tests.health.check_tree import checked, places, told, write

PINNED = {"requirements.txt": "numpy==1.26.4\n"}
DECLARING = (
    "requirements.txt",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "x.dist-info/METADATA",
    "environment.yml",
)


def stated(root: Path, file: str, text: str) -> list[Declared]:
    items = list(declared.of_file(file, write(root, {file: text}) / file))
    return [item for item in items if isinstance(item, Declared)]


def test_an_import_that_nothing_declared_provides_is_told_once_with_the_usual_distribution(
    tmp_path: Path,
) -> None:
    outcome = checked(tmp_path, PINNED | {"a.py": "import numpy\nimport cv2\n", "b.py": "import cv2.data\n"})
    (finding,) = told(outcome, "CHK301")
    assert (finding.subject, str(finding.place)) == ("opencv-python", "a.py:2:1")
    assert "and in 1 more place" in finding.message


@pytest.mark.parametrize("distribution", ["opencv-contrib-python", "OpenCV_Python.Headless"])
def test_any_distribution_that_provides_the_module_will_do(tmp_path: Path, distribution: str) -> None:
    outcome = checked(
        tmp_path, {"requirements.txt": f"{distribution}==4.9.0\n", "a.py": "import cv2\nprint(cv2)\n"}
    )
    assert outcome.findings == ()


def test_own_modules_the_standard_library_and_its_former_modules_need_no_declaration(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        PINNED
        | {
            "a.py": "import numpy, os, distutils, urllib2\nimport models\nfrom lib.net import x\nfrom . import y\n",
            "src/models/__init__.py": "",
            "lib/net.py": "import helper",
            "deep/down/helper.py": "",
        },
    )
    assert not told(outcome, "CHK301")


def test_a_declared_distribution_is_not_taken_for_a_file_of_the_same_name_elsewhere(tmp_path: Path) -> None:
    outcome = checked(tmp_path, PINNED | {"a.py": "import numpy\n", "docs/numpy.py": ""})
    assert not told(outcome, "CHK302")


def test_optional_imports_and_those_of_tests_are_not_missing(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        PINNED
        | {
            "a.py": "import numpy\ntry:\n    import apex\nexcept ImportError:\n    apex = None\n",
            "tests/test_a.py": "import pytest\n",
            "b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n",
        },
    )
    assert not told(outcome, "CHK301")


def test_an_import_in_a_try_that_does_not_heed_its_failure_is_needed(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, PINNED | {"a.py": "import numpy\ntry:\n    import torch\nexcept OSError:\n    pass\n"}
    )
    assert places(outcome, "CHK301") == ["a.py:3:5"]


def test_a_declared_dependency_that_nothing_imports_is_a_note(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"requirements.txt": "numpy==1.26.4\ntqdm==4.66.0\n", "a.py": "import numpy\n"}
    )
    (finding,) = told(outcome, "CHK302")
    assert (finding.subject, str(finding.place), finding.severity) == (
        "tqdm",
        "requirements.txt:2",
        Severity.NOTE,
    )


def test_nothing_is_called_unused_while_a_file_cannot_be_read(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"requirements.txt": "tqdm==4.66.0\n", "a.py": "x = 1\n", "b.py": "print 'x'\n"}
    )
    assert not told(outcome, "CHK302")


def test_open_versions_weigh_more_where_an_environment_is_made_from_them(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        {
            "requirements.txt": "numpy>=1.20\n",
            "pyproject.toml": "[project]\ndependencies = ['torch', 'tqdm>=4']\n",
            "a.py": "import numpy, torch, tqdm\n",
        },
    )
    assert [(f.subject, f.severity) for f in told(outcome, "CHK303")] == [
        ("torch", Severity.NOTE),
        ("numpy", Severity.WARNING),
    ]


def test_imports_without_any_declaration_are_one_finding(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "import torch\nimport cv2\n"})
    (finding,) = told(outcome, "CHK304")
    assert "opencv-python, torch" in finding.message
    assert not told(outcome, "CHK301")


def test_requirements_computed_in_setup_py_are_told_as_unknown(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"setup.py": "from setuptools import setup\nsetup(install_requires=read('x'))\n"}
    )
    assert places(outcome, "CHK305") == ["setup.py:2"]


def test_setup_py_is_read_through_names_and_sums(tmp_path: Path) -> None:
    text = "BASE = ['numpy']\nsetup(install_requires=BASE + ['torch==2.2.0'], extras_require={'dev': ['pytest']})\n"
    found = stated(tmp_path, "setup.py", text)
    assert [(d.name, d.extra, d.pinned, d.line) for d in found] == [
        ("numpy", False, False, 1),
        ("torch", False, True, 2),
        ("pytest", True, False, 2),
    ]


def test_a_name_that_means_itself_does_not_go_on_for_ever(tmp_path: Path) -> None:
    path = write(tmp_path, {"setup.py": "a = a + a\nsetup(install_requires=a)\n"}) / "setup.py"
    items = list(declared.of_file("setup.py", path))
    assert all(isinstance(item, UnreadableError) for item in items)


def test_every_kind_of_declaration_is_read(tmp_path: Path) -> None:
    assert [
        d.name for d in stated(tmp_path, "setup.cfg", "[options]\ninstall_requires =\n  Foo_Bar>=1\n  baz\n")
    ] == ["foo-bar", "baz"]
    poetry = "[tool.poetry.dependencies]\npython='^3.8'\ntorch='2.1.0'\ntqdm={version='*'}\n"
    assert [(d.name, d.pinned, d.bounded) for d in stated(tmp_path, "pyproject.toml", poetry)] == [
        ("torch", True, True),
        ("tqdm", False, False),
    ]
    metadata = "Name: x\nRequires-Dist: ffmpeg (==1.4)\nRequires-Dist: pytest ; extra == 'dev'\n\nRequires-Dist: no\n"
    assert [
        (d.name, d.pinned, d.extra, d.line) for d in stated(tmp_path, "x.dist-info/METADATA", metadata)
    ] == [("ffmpeg", True, False, 2), ("pytest", False, True, 3)]
    conda = (
        "dependencies:\n  - python=3.7\n  - pytorch=1.4\n  - conda-forge::opencv\n  - pip:\n    - tqdm==4.1\n"
    )
    assert [(d.name, d.pinned) for d in stated(tmp_path, "environment.yml", conda)] == [
        ("torch", True),
        ("opencv-python", False),
        ("tqdm", True),
    ]
    plain = "-r other.txt\n# torch\nnumpy==1.2 \\\n  --hash=sha256:aa\nscipy<2  # why\ngit+https://host/x@0123456#egg=x\n"
    assert [(d.name, d.pinned, d.line) for d in stated(tmp_path, "requirements.txt", plain)] == [
        ("numpy", True, 3),
        ("scipy", False, 5),
        ("x", True, 6),
    ]


@given(text=st.text(max_size=200), file=st.sampled_from(DECLARING))
def test_no_declaration_makes_the_reader_raise(
    tmp_path_factory: pytest.TempPathFactory, text: str, file: str
) -> None:
    path = tmp_path_factory.mktemp("declared") / "file"
    path.write_text(text, encoding="utf-8")
    list(declared.of_file(file, path))


@given(module=st.from_regex(r"[A-Za-z_]\w{0,10}(\.[a-z_]\w{0,8}){0,3}", fullmatch=True))
def test_every_module_has_a_distribution_to_suggest(module: str) -> None:
    assert providers(module)
    assert providers(module)[0] == providers(module)[0].lower()


def test_former_modules_are_standard_whatever_python_runs_this() -> None:
    assert is_standard("distutils")
    assert is_standard("cPickle")
    assert not is_standard("pkg_resources")


def test_imports_are_read_where_they_stand(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.py": "def f():\n    from a.b import c\n    import d as e, g.h\n"}) / "a.py"
    assert sorted((i.module, i.line, i.column) for i in imports.of_file("a.py", path)) == [
        ("a.b", 2, 5),
        ("d", 3, 5),
        ("g.h", 3, 5),
    ]
