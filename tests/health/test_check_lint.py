"""Lint by ruff, and dead code by vulture."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.adapters import ruff
from maxctl.core.errors import ChildFailedError
from maxctl.core.findings import Severity
from maxctl.health.checks import lint
from tests.health.check_tree import checked, places, told

RECORDED = Path(__file__).parents[1] / "recorded" / "ruff-0.17.6"


def test_an_undefined_name_is_a_warning_at_its_place(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "def f():\n    return nowhere\n"})
    (finding,) = told(outcome, "CHK103")
    assert (str(finding.place), finding.severity) == ("a.py:2:12", Severity.WARNING)
    assert "nowhere" in finding.message


def test_a_python_2_file_is_one_finding_however_many_lines_fail(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"a.py": 'import os\nprint "hello"\ntry:\n    pass\nexcept IOError, e:\n    print e\n'}
    )
    (finding,) = told(outcome, "CHK102")
    assert finding.message == 'Python 2 syntax in 3 places, first: print "hello"'
    assert str(finding.place) == "a.py:2:7"
    assert not told(outcome, "CHK101")


def test_a_syntax_error_of_any_python_is_not_called_python_2(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "def f(:\n    pass\n"})
    assert places(outcome, "CHK101") == ["a.py:1:7"]
    assert not told(outcome, "CHK102")


def test_a_file_that_is_not_utf_8_is_told_as_not_checked(tmp_path: Path) -> None:
    assert places(checked(tmp_path, {"a.py": b'x = "\xff"\n'}), "CHK104") == ["a.py"]


def test_a_file_that_is_too_large_is_told_as_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "MAX_BYTES", 10)
    outcome = checked(tmp_path, {"large.py": "x = nowhere_at_all\n", "small.py": "y = z\n"})
    assert places(outcome, "CHK104") == ["large.py"]
    assert places(outcome, "CHK103") == ["small.py:1:5"]


def test_an_unused_import_is_a_note_but_a_re_export_is_none(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"pkg/__init__.py": "from .a import os\n", "pkg/a.py": "import sys\nimport os\n"}
    )
    assert set(places(outcome, "CHK106")) == {"pkg/a.py:1:8", "pkg/a.py:2:8"}
    assert {finding.severity for finding in told(outcome, "CHK106")} == {Severity.NOTE}


def test_taste_is_no_finding(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "import sys;X=1\nif X==None: print( f'no placeholder' , sys )\n"})
    assert outcome.findings == ()


def test_the_ruff_settings_of_the_tree_are_not_read(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"ruff.toml": "[lint.per-file-ignores]\n'*.py' = ['F821']\n", "a.py": "x = nowhere\n"}
    )
    assert places(outcome, "CHK103") == ["a.py:1:5"]


def test_folders_that_ruff_would_leave_out_are_checked_too(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {".gitignore": "build", "build/a.py": "x = nowhere\n", "-x.py": "y = nowhere\n"}
    )
    assert set(places(outcome, "CHK103")) == {"build/a.py:1:5", "-x.py:1:5"}


def test_one_file_that_crashes_ruff_leaves_the_others_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ruff._run

    def crash(program: str, folder: Path, files: list[str], *rest: object) -> list[ruff.Defect]:
        if "bad.py" in files:
            raise ChildFailedError("ruff ended with exit code 134:\nstack overflow")
        return run(program, folder, files, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ruff, "_run", crash)
    outcome = checked(tmp_path, {f"{name}.py": "x = nowhere\n" for name in ("a", "bad", "c", "d", "e")})
    assert places(outcome, "CHK104") == ["bad.py"]
    assert len(told(outcome, "CHK103")) == 4


def test_recorded_output_of_ruff_is_read() -> None:
    folder = Path("/recorded")
    defects = ruff.read((RECORDED / "python-2-and-undefined-name.json").read_text(), folder)
    assert [(d.file, d.line, d.column, d.rule) for d in defects] == [
        ("a.py", 2, 7, "invalid-syntax"),
        ("b.py", 1, 8, "F401"),
        ("b.py", 2, 5, "F821"),
    ]
    assert defects[1].fix == "Remove unused import: `os`"


def test_what_a_terminal_would_obey_is_written_out(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "print 'a\x1b[31mred'\n"})
    assert "\x1b" not in told(outcome, "CHK102")[0].message


def test_an_argument_that_is_never_used_is_a_note(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"a.py": "def save(data, filename='x.csv'):\n    return open('y.csv'), data\n"}
    )
    (finding,) = told(outcome, "CHK201")
    assert finding.message == "unused variable 'filename' (100 % sure)"
    assert str(finding.place) == "a.py:1"


def test_code_after_a_return_is_a_warning(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "def f():\n    return 1\n    print('never')\n"})
    (finding,) = told(outcome, "CHK202")
    assert (str(finding.place), finding.severity) == ("a.py:3", Severity.WARNING)


def test_functions_without_a_caller_and_protocol_arguments_are_not_dead(tmp_path: Path) -> None:
    code = "class A:\n    def __exit__(self, exc_type, exc_val, exc_tb):\n        pass\n"
    outcome = checked(tmp_path, {"a.py": code})
    assert not told(outcome, "CHK201")


def test_files_that_cannot_be_parsed_are_counted_by_dead_code(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path, {"a.py": "def f(:\n", "b.py": "x = 1\n", "c.py": "x = " + "-" * 100_000 + "1\n"}
    )
    reasons = {summary.name: summary.reason for summary in outcome.facts.checks}  # type: ignore[union-attr]
    assert reasons["dead_code"] == "2 files that cannot be parsed left out"
    assert reasons["dependencies"] == "2 files that cannot be parsed left out"
