"""Flags of stage commands, predict and serve: what is typed, and what is told when it cannot be."""

from pathlib import Path
from typing import Any

import pytest

from maxctl.adapters import service
from maxctl.cli.predict import predict
from maxctl.core import digest
from maxctl.core.manifest import Key, MadeBy, Manifest, Result, StepRecord
from maxctl.core.stage import Verdict
from tests.conftest import Maxctl
from tests.projects import project, write_tree

MODEL = ".maxctl/out/convert/model.tflite"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return project(tmp_path / "model")


@pytest.mark.parametrize("spelling", [["--golden"], ["--golden", "golden"], ["--golden", "--http"], []])
def test_golden_alone_means_the_folder_golden(empty: Path, maxctl: Maxctl, spelling: list[str]) -> None:
    finished = maxctl("regress", *spelling, cwd=empty)
    assert (
        finished.returncode == 1
        and "needs record, which is not recorded" in finished.stdout + finished.stderr
    )


def test_golden_with_a_folder_asks_that_suite_and_records_nothing(tmp_path: Path, maxctl: Maxctl) -> None:
    finished = maxctl("regress", "--golden", "elsewhere", cwd=tmp_path)
    assert finished.returncode == 3 and "elsewhere" in finished.stderr
    assert not (tmp_path / "manifest.yaml").exists()


def test_a_value_that_an_option_cannot_have_is_a_usage_error(empty: Path, maxctl: Maxctl) -> None:
    finished = maxctl("count-words", "--least", "-1", cwd=empty)
    assert finished.returncode == 2 and "--least" in finished.stderr
    assert maxctl("count-words", "--most", "1", cwd=empty).returncode == 2


def test_a_stage_outside_a_project_says_how_to_start_one(tmp_path: Path, maxctl: Maxctl) -> None:
    finished = maxctl("prepare", cwd=tmp_path)
    assert finished.returncode == 3 and "maxctl init" in finished.stderr


def test_a_stage_whose_needs_are_not_recorded_names_the_command_that_makes_them(
    empty: Path, maxctl: Maxctl
) -> None:
    finished = maxctl("prepare", cwd=empty)
    assert finished.returncode == 1 and "`maxctl fetch` makes it" in finished.stdout


def test_predict_tells_what_is_missing(empty: Path, maxctl: Maxctl) -> None:
    missing = maxctl("predict", "none.png", cwd=empty)
    assert missing.returncode == 2 and "there is no file" in missing.stderr
    write_tree(empty, {"some.png": "x"})
    early = maxctl("predict", "some.png", cwd=empty)
    assert early.returncode == 2 and "maxctl run" in early.stderr


def converted(root: Path, **changes: Any) -> Path:
    """Return a project whose record says that it was converted to the bytes `tflite`."""
    project(root, {"some.png": "x", MODEL: "tflite"}, **changes)
    candidate = {
        "engine": "litert",
        "path": MODEL,
        "sha256": digest.of_file(root / MODEL).removeprefix("sha256:"),
        "size_bytes": 6,
        "matches": True,
        "why": "",
    }
    record = StepRecord(
        stage="convert",
        key=Key(digest="", spec="", files="", options="", needs={}, version=1, tools={}),
        result=Result(verdict=Verdict.PASSED, facts={"engine": "litert", "candidates": [candidate]}),
        made_by=MadeBy(maxctl="", python="", platform=""),
    )
    Manifest(schema_version=1, model="tiny-detector", steps={"convert": record}).save(root / "manifest.yaml")
    return root


def ask(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the model of the project, which finds nothing."""

    def answer(python: str, module: str, folder: Path, questions: Any, hear: Any) -> None:
        for question in questions:
            hear(question["id"], {"status": "ok", "predictions": []})

    monkeypatch.setattr(service, "predict", answer)
    monkeypatch.chdir(root)
    predict([root / "some.png"], project=root)


def test_predict_notes_that_the_model_is_not_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = converted(tmp_path / "model", labels="labels.json")
    write_tree(root, {"labels.json": "[]"})
    ask(root, monkeypatch)
    assert "note:" not in capsys.readouterr().err
    write_tree(root, {MODEL: "another"})
    ask(root, monkeypatch)
    told = capsys.readouterr()
    assert f"note: {MODEL} is not what was recorded" in told.err and "note:" not in told.out


@pytest.mark.parametrize(
    ("labels", "words"),
    [(None, "names no `labels`"), ("labels/none.json", "there is no file labels/none.json")],
)
def test_predict_without_its_labels_says_what_to_add(
    tmp_path: Path, maxctl: Maxctl, labels: str | None, words: str
) -> None:
    finished = maxctl("predict", "some.png", cwd=converted(tmp_path / "model", labels=labels))
    assert finished.returncode == 2 and words in finished.stderr and "add " in finished.stderr
    assert "Traceback" not in finished.stderr


def test_serve_before_there_is_a_service_says_how_to_make_it(empty: Path, maxctl: Maxctl) -> None:
    finished = maxctl("serve", cwd=empty)
    assert finished.returncode == 2 and "`maxctl run` makes one" in finished.stderr


def test_debug_adds_the_traceback(empty: Path, maxctl_process: Maxctl) -> None:
    assert "Traceback" not in maxctl_process("run", "nope", cwd=empty).stderr
    assert "Traceback" in maxctl_process("run", "nope", "--debug", cwd=empty).stderr
