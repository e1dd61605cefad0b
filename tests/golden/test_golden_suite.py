"""A suite is a folder that travels: written the same way each time, and trusted only as it was written."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from maxctl.core import digest
from maxctl.golden import changes, suite
from maxctl.golden.compare import CaseVerdict
from maxctl.golden.differences import Kind, MalformedAnswerError
from maxctl.golden.run import NoAnswer, run_suite
from maxctl.golden.suite import SuiteError
from maxctl.golden.tolerance import Tolerance
from tests.golden import suites
from tests.golden.suites import CAT, COFFEE, CUP, answer, written


def test_a_suite_reads_back_as_it_was_written_and_is_written_the_same_twice(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    assert digest.of_tree(first) == digest.of_tree(second)
    read = suite.load(first)
    assert [case.id for case in read.cases] == ["coffee", "cat"]
    assert read.cases[0].expected == COFFEE
    assert read.cases[0].input == first / "cases/coffee/input.png"
    assert (read.cases[1].license, read.cases[1].credit) == ("CC0-1.0", "a painter")
    assert read.made_by == {"fake": "1.0"}
    assert read.tolerance == Tolerance(0.01, 0.98)


def test_a_suite_still_loads_where_it_was_carried_to(tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    written(tmp_path / "a").rename(moved)
    assert len(suite.load(moved).cases) == 2


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("cases/coffee/input.png", b"other", "cases/coffee/input.png: was changed"),
        ("cases/coffee/expected.json", b"{}", "cases/coffee/expected.json: was changed"),
        ("cases/cat/input.png", None, "cases/cat/input.png: is missing"),
        ("cases/cat/expected.json", None, "cases/cat/expected.json: is missing"),
    ],
)
def test_a_changed_or_missing_file_is_named_with_its_mend(
    tmp_path: Path, path: str, content: bytes | None, words: str
) -> None:
    folder = written(tmp_path)
    (folder / path).unlink()
    if content is not None:
        (folder / path).write_bytes(content)
    with pytest.raises(SuiteError) as caught:
        suite.load(folder)
    assert caught.value.problems == (words,) or caught.value.problems[0].startswith(words)
    assert "git checkout" in str(caught.value.hint)


def test_every_fault_of_a_suite_is_told_at_once(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "cases/coffee/input.png").write_bytes(b"x")
    (folder / "cases/cat/expected.json").unlink()
    with pytest.raises(SuiteError) as caught:
        suite.load(folder)
    assert len(caught.value.problems) == 2


def test_a_folder_without_golden_yaml_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as caught:
        suite.load(tmp_path)
    assert "no golden suite" in caught.value.message
    assert "maxctl record" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("task: object-detection", "task: mind-reading", "`mind-reading` cannot be compared"),
        ("id: cat", "id: coffee", "`coffee` stands there more than once"),
        ("path: cases/cat/input.png", "path: ../../secret.png", "must be a path inside its folder"),
        ("iou: 0.98", "iou: 98", "golden.yaml:7:3"),
    ],
)
def test_a_golden_yaml_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    folder = written(tmp_path)
    text = (folder / "golden.yaml").read_text()
    assert old in text
    (folder / "golden.yaml").write_text(text.replace(old, new))
    with pytest.raises(SuiteError) as caught:
        suite.load(folder)
    assert words in str(caught.value)


def test_a_link_out_of_the_suite_is_not_followed(tmp_path: Path) -> None:
    folder = written(tmp_path)
    target = folder / "cases/cat/input.png"
    (tmp_path / "secret.png").write_bytes(target.read_bytes())
    target.unlink()
    target.symlink_to(tmp_path / "secret.png")
    with pytest.raises(SuiteError, match="leaves the suite"):
        suite.load(folder)


def test_an_expected_answer_must_be_a_good_one(tmp_path: Path) -> None:
    with pytest.raises(MalformedAnswerError, match=r'case bad: .*"status": "ok".*Unrecognized'):
        written(tmp_path, {"bad": {"status": "error", "message": "Unrecognized image format"}})


def run(tmp_path: Path, answers: dict[str, object]):
    def ask(cases, hear) -> None:
        for id_, response in answers.items():
            hear(id_, response)

    return run_suite(ask, suites.suite(tmp_path))


def test_the_expected_answers_pass_in_any_order(tmp_path: Path) -> None:
    backwards = answer(*reversed(COFFEE["predictions"]))
    result = run(tmp_path, {"cat": CAT, "coffee": backwards})
    assert result.passed
    assert [case.id for case in result.cases] == ["coffee", "cat"]


def test_a_case_that_is_not_answered_has_failed_and_the_others_are_compared(tmp_path: Path) -> None:
    result = run(tmp_path, {"cat": CAT})
    assert [case.verdict for case in result.cases] == [CaseVerdict.FAILED, CaseVerdict.PASSED]
    assert result.cases[0].differences[0].message == "was not answered"


def test_no_answer_an_error_and_nonsense_each_say_why(tmp_path: Path) -> None:
    error = {"status": "error", "message": "Unrecognized image format"}
    result = run(tmp_path, {"coffee": error, "cat": NoAnswer("connection refused")})
    messages = [case.differences[0].message for case in result.cases]
    assert messages == [
        "the status is 'error', expected 'ok' (Unrecognized image format)",
        "connection refused",
    ]
    assert all(case.differences[0].kind is Kind.ANSWER for case in result.cases)
    nonsense = run(tmp_path, {"coffee": [1], "cat": {"status": "ok", "predictions": 3}})
    assert [case.differences[0].message for case in nonsense.cases] == [
        "the answer is list, not an object",
        "the answer has no list `predictions`",
    ]


def test_a_case_answered_twice_has_failed(tmp_path: Path) -> None:
    def ask(cases, hear) -> None:
        for case in (*cases, cases[0]):
            hear(case.id, case.expected)

    result = run_suite(ask, suites.suite(tmp_path))
    assert [case.passed for case in result.cases] == [False, True]


def test_an_answer_to_no_case_is_a_bug_of_the_target(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no case `dog`"):
        run(tmp_path, {"dog": CAT})


def test_other_questions_are_told_one_by_one(tmp_path: Path) -> None:
    old = suites.suite(tmp_path)
    coffee = replace(old.cases[0], parameters={"threshold": 0.9}, license="MIT")
    new = replace(
        old, tolerance=Tolerance(0.5, 0.98), cases=(coffee, replace(old.cases[1], id="dog")), field="file"
    )
    assert changes.questions(old, new) == (
        "name of the upload: image became file",
        "allowed score difference: 0.01 became 0.5",
        "case cat was removed",
        "case dog was added",
        "case coffee has another parameters and license",
    )
    assert changes.questions(old, replace(old, cases=old.cases[::-1], made_by={"fake": "2"})) == ()


def test_other_answers_are_compared_for_the_cases_that_both_suites_have(tmp_path: Path) -> None:
    old = suites.suite(tmp_path, {"coffee": COFFEE, "cat": CAT})
    new = suites.suite(tmp_path, {"coffee": answer(CUP), "dog": CAT})
    result = changes.answers(old, new)
    assert [(case.id, case.passed) for case in result.cases] == [("coffee", False)]


def test_expected_json_is_readable_text(tmp_path: Path) -> None:
    text = (written(tmp_path) / "cases/cat/expected.json").read_text()
    assert json.loads(text) == CAT
    assert text.endswith("}\n") and "\n  " in text


def test_an_input_that_is_not_the_one_the_case_names_is_not_written(tmp_path: Path) -> None:
    one = suites.suite(tmp_path)
    (tmp_path / "out").mkdir()
    with pytest.raises(SuiteError, match=r"coffee: picture\.png has another digest"):
        suite.write(tmp_path / "out", replace(one, cases=(replace(one.cases[0], sha256="0" * 64),)))
