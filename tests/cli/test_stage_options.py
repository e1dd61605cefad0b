"""Flags of stage commands, predict and serve: what is typed, and what is told when it cannot be."""

from pathlib import Path

import pytest

from tests.conftest import Maxctl
from tests.projects import project, write_tree


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


def test_serve_before_there_is_a_service_says_how_to_make_it(empty: Path, maxctl: Maxctl) -> None:
    finished = maxctl("serve", cwd=empty)
    assert finished.returncode == 2 and "`maxctl run` makes one" in finished.stderr


def test_debug_adds_the_traceback(empty: Path, maxctl: Maxctl) -> None:
    assert "Traceback" not in maxctl("run", "nope", cwd=empty).stderr
    assert "Traceback" in maxctl("run", "nope", "--debug", cwd=empty).stderr
