"""The scanner's adapter, against recorded output and, slowly, against the real program."""

import json
from pathlib import Path

import pytest

from maxctl.adapters import process, scancode
from maxctl.adapters.scancode import ScannedFile
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Silent
from tests.projects import write_tree

RECORDED = Path(__file__).parents[1] / "recorded" / "scancode-32.5.0"
TINY = RECORDED / "tiny"


def files_of(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def answering(text, calls):
    def run(argv, **settings):
        calls.append(argv)
        Path(argv[argv.index("--json") + 1]).write_text(text, encoding="utf-8")
        return process.Finished(0, "", "")

    return run


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(process, "run", answering((RECORDED / "tiny.json").read_text(encoding="utf-8"), made))
    return made


def test_recorded_output_becomes_files_with_expression_lines_and_text():
    files = {file.path: file for file in scancode.parse((RECORDED / "tiny.json").read_text(encoding="utf-8"))}
    assert files["plain.txt"] == ScannedFile("plain.txt", None, (), ())
    (found,) = files["answer.mjs"].found
    assert (found.expression, found.score, found.start, found.end) == ("Apache-2.0", 100.0, 1, 1)
    assert found.text == "// SPDX-License-Identifier: Apache-2.0"
    assert files["answer.mjs"].copyrights == ("Copyright 2026 The maxctl authors",)
    assert files["nested/LICENSE"].found[0].end == 21


def test_an_unknown_format_is_refused_by_its_number():
    with pytest.raises(StageError, match=r"5\.0\.0; this maxctl reads 4\.x"):
        scancode.parse(json.dumps({"headers": [{"output_format_version": "5.0.0"}], "files": []}))
    with pytest.raises(StageError, match="not its JSON output"):
        scancode.parse("Traceback")


def test_the_same_tree_is_scanned_once_wherever_it_stands(tmp_path, calls):
    first = scancode.scan(TINY, files_of(TINY), tmp_path / "cache", Silent())
    copy = write_tree(tmp_path / "copy", {str(p.relative_to(TINY)): p.read_bytes() for p in files_of(TINY)})
    assert scancode.scan(copy, files_of(copy), tmp_path / "cache", Silent()) == first
    assert len(calls) == 1
    (copy / "plain.txt").write_text("changed")
    scancode.scan(copy, files_of(copy), tmp_path / "cache", Silent())
    assert len(calls) == 2


def test_a_damaged_entry_of_the_cache_is_scanned_anew(tmp_path, calls):
    first = scancode.scan(TINY, files_of(TINY), tmp_path, Silent())
    (entry,) = (tmp_path / "scancode").iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"MIT", b"ISC"))
    assert scancode.scan(TINY, files_of(TINY), tmp_path, Silent()) == first
    assert len(calls) == 2


def test_another_version_of_the_scanner_does_not_use_old_answers(tmp_path, calls, monkeypatch):
    scancode.scan(TINY, files_of(TINY), tmp_path, Silent())
    monkeypatch.setattr(scancode, "version", lambda: "33.0.0")
    scancode.scan(TINY, files_of(TINY), tmp_path, Silent())
    assert len(calls) == 2


def test_no_files_need_no_scan(tmp_path, calls):
    assert scancode.scan(tmp_path, [], tmp_path, Silent()) == ()
    assert calls == []


def test_a_missing_scanner_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(scancode, "version", lambda: None)
    with pytest.raises(ToolMissingError) as caught:
        scancode.scan(TINY, files_of(TINY), tmp_path, Silent())
    assert "maxctl[scan]" in caught.value.hint


def test_the_pluggy_trap_says_how_to_mend_it(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ChildFailedError(
            "scancode ended with exit code 1:\nValueError: did not find any 'pre_scan' hooks"
        )

    monkeypatch.setattr(process, "run", fail)
    with pytest.raises(ToolMissingError) as caught:
        scancode.scan(TINY, files_of(TINY), tmp_path, Silent())
    assert "pluggy<1.7" in caught.value.hint


@pytest.mark.slow
def test_the_real_scancode_answers_as_recorded(tmp_path):
    scanned = scancode.scan(TINY, files_of(TINY), tmp_path, Silent(), jobs=1)
    assert scanned == scancode.parse((RECORDED / "tiny.json").read_text(encoding="utf-8"))
