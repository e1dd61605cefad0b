"""The scanner's adapter with scancode's own program, against recorded output and, slowly, against the real one."""

import json
from pathlib import Path

import pytest

from maxctl.adapters import process, scancode
from maxctl.adapters.scancode import ScannedFile, program
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError
from maxctl.core.progress import Silent
from tests.projects import write_tree

RECORDED = Path(__file__).parents[1] / "recorded" / "scancode-32.5.0"
TINY = RECORDED / "tiny"


def files_of(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def scan(folder, cache, files=None, **settings):
    return scancode.scan(folder, files or files_of(folder), cache, Silent(), engine="scancode", **settings)


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


def test_each_file_carries_the_digest_of_what_was_scanned(tmp_path, calls):
    for file in scan(TINY, tmp_path):
        assert file.sha256 == digest.of_file(TINY / file.path)


def test_the_same_tree_is_scanned_once_wherever_it_stands(tmp_path, calls):
    first = scan(TINY, tmp_path / "cache")
    copy = write_tree(tmp_path / "copy", {str(p.relative_to(TINY)): p.read_bytes() for p in files_of(TINY)})
    assert scan(copy, tmp_path / "cache") == first
    assert len(calls) == 1
    (copy / "plain.txt").write_text("changed")
    scan(copy, tmp_path / "cache")
    assert len(calls) == 2


def test_another_version_of_the_scanner_does_not_use_old_answers(tmp_path, calls, monkeypatch):
    scan(TINY, tmp_path)
    monkeypatch.setattr(scancode, "version", lambda: "33.0.0")
    scan(TINY, tmp_path)
    assert len(calls) == 2


def test_another_version_of_scancode_is_run_as_it_is_and_that_is_said(tmp_path, calls, monkeypatch):
    said = []
    progress = Silent()
    progress.say = said.append
    monkeypatch.setattr(scancode, "version", lambda: "33.0.0")
    scancode.scan(TINY, files_of(TINY), tmp_path, progress)
    assert "33.0.0 is installed; the fast engine knows 32.5.0" in said[0]
    assert Path(calls[0][0]).name == "scancode"


def test_the_program_may_take_its_time_for_a_file(tmp_path, calls):
    scan(TINY, tmp_path)
    (argv,) = calls
    assert int(argv[argv.index("--timeout") + 1]) > program.SOFT * 600


def test_a_file_that_the_program_passes_over_is_told(tmp_path, calls):
    copy = write_tree(tmp_path / "copy", {str(p.relative_to(TINY)): p.read_bytes() for p in files_of(TINY)})
    (copy / ".gitignore").write_text("*.pyc\n")
    passed = {file.path: file.errors for file in scan(copy, tmp_path / "cache")}
    assert passed.pop(".gitignore") == (program.PASSED_OVER,)
    assert set(passed.values()) == {()}


def test_no_files_need_no_scan(tmp_path, calls):
    assert scancode.scan(tmp_path, [], tmp_path, Silent()) == ()
    assert calls == []


def test_a_missing_scanner_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(scancode, "version", lambda: None)
    with pytest.raises(ToolMissingError) as caught:
        scan(TINY, tmp_path)
    assert "maxctl[scan]" in caught.value.hint


def test_the_pluggy_trap_says_how_to_mend_it(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ChildFailedError(
            "scancode ended with exit code 1:\nValueError: did not find any 'pre_scan' hooks"
        )

    monkeypatch.setattr(process, "run", fail)
    with pytest.raises(ToolMissingError) as caught:
        scan(TINY, tmp_path)
    assert "pluggy<1.7" in caught.value.hint


@pytest.mark.slow
def test_the_real_scancode_answers_as_recorded(tmp_path):
    scanned = {file.path: file for file in scan(TINY, tmp_path, jobs=1)}
    for expected in scancode.parse((RECORDED / "tiny.json").read_text(encoding="utf-8")):
        found = scanned[expected.path]
        assert (found.licenses, found.found, found.copyrights) == (
            expected.licenses,
            expected.found,
            expected.copyrights,
        )
