"""What stands behind a stage's command: nothing, one path, or several, as the stage takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from maxctl.core import registry
from maxctl.core.facts import Facts, Table
from maxctl.core.findings import Finding, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Stage
from tests.conftest import Maxctl
from tests.projects import project


class Told(Facts):
    """What a stage was given."""

    targets: tuple[str, ...]

    def tables(self) -> tuple[Table, ...]:
        return (Table("given", ("target",), tuple((one,) for one in self.targets)),)


class OnProject(Stage):
    """Work on a project only."""

    name = "count-words"
    phase = Phase.LICENSING

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        return Outcome.judge([], Told(targets=("the project",)))


class One(OnProject):
    """Work on one path."""

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        return Outcome.judge([], Told(targets=(target,)))


class Several(One):
    """Work on any number of paths."""

    recorded: ClassVar[bool] = True

    def records(self) -> bool:
        return self.recorded

    def on_paths(self, targets: Sequence[str], cache: Path, progress: Progress) -> Outcome:
        bad = [Finding("X001", Severity.ERROR, one, "bad", "mend") for one in targets if one == "bad"]
        return Outcome.judge(bad, Told(targets=tuple(targets)))


class Unrecorded(Several):
    """Work on any number of paths, and record nothing."""

    recorded = False


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch):
    """Let `maxctl count-words` be another stage."""

    def install(kind: type[Stage]) -> None:
        monkeypatch.setattr(registry, "stage", lambda name, *_: kind)

    return install


def given(finished) -> list[str]:
    """Return the targets that the stage was given."""
    return json.loads(finished.stdout)["steps"][0]["facts"]["targets"]


def test_a_stage_that_takes_several_paths_is_given_all_of_them_in_order(
    installed, maxctl: Maxctl, tmp_path: Path
) -> None:
    installed(Several)
    finished = maxctl("count-words", "b", "npm:a", "c d", "-f", "json", cwd=tmp_path)
    assert given(finished) == ["b", "npm:a", "c d"] and finished.returncode == 0
    assert json.loads(finished.stdout)["title"] == "count-words b npm:a c d"
    assert given(maxctl("count-words", "b", "-f", "json", cwd=tmp_path)) == ["b"]


def test_findings_on_one_of_several_paths_fail_the_command(installed, maxctl: Maxctl, tmp_path: Path) -> None:
    installed(Several)
    assert maxctl("count-words", "good", "bad", cwd=tmp_path).returncode == 1


def test_a_stage_that_takes_one_path_refuses_a_second(installed, maxctl: Maxctl, tmp_path: Path) -> None:
    installed(One)
    assert given(maxctl("count-words", "b", "-f", "json", cwd=tmp_path)) == ["b"]
    finished = maxctl("count-words", "b", "c", cwd=tmp_path)
    assert finished.returncode == 2 and "c" in finished.stderr


def test_a_stage_that_takes_no_path_refuses_one(installed, maxctl: Maxctl, tmp_path: Path) -> None:
    installed(OnProject)
    assert maxctl("count-words", "b", cwd=tmp_path).returncode == 2
    assert "PATH" not in maxctl("count-words", "--help").stdout


def test_help_says_how_many_paths_a_stage_takes(installed, maxctl: Maxctl) -> None:
    installed(One)
    assert "[PATH]\n" in maxctl("count-words", "--help").stdout
    installed(Several)
    assert "[PATH]..." in maxctl("count-words", "--help").stdout


def test_a_project_and_a_path_contradict_each_other(installed, maxctl: Maxctl, tmp_path: Path) -> None:
    installed(Several)
    project(tmp_path / "model")
    finished = maxctl("count-words", "b", "--project", str(tmp_path / "model"), cwd=tmp_path)
    assert finished.returncode == 2 and "--project" in finished.stderr


def test_without_a_path_what_is_not_recorded_works_on_the_project_or_on_this_folder(
    installed, maxctl: Maxctl, tmp_path: Path
) -> None:
    installed(Unrecorded)
    root = project(tmp_path / "model")
    assert given(maxctl("count-words", "-f", "json", cwd=root)) == [str(root)]
    assert given(maxctl("count-words", "-f", "json", cwd=tmp_path)) == ["."]
    assert not (root / "manifest.yaml").exists()


def test_with_a_path_nothing_is_recorded_of_the_project_around(
    installed, maxctl: Maxctl, tmp_path: Path
) -> None:
    installed(Several)
    root = project(tmp_path / "model")
    assert given(maxctl("count-words", ".", "-f", "json", cwd=root)) == ["."]
    assert not (root / "manifest.yaml").exists()


def test_a_stage_that_takes_one_path_says_so_when_it_is_given_several(tmp_path: Path) -> None:
    from maxctl.core.errors import UsageError
    from maxctl.core.progress import Silent

    with pytest.raises(UsageError, match="takes one path, not 2"):
        One().on_paths(["a", "b"], tmp_path, Silent())
    with pytest.raises(UsageError, match="works on a project"):
        OnProject().on_paths(["a"], tmp_path, Silent())
    assert [one.takes_path() for one in (OnProject, One, Several)] == [False, True, True]
    assert [one.takes_paths() for one in (OnProject, One, Several)] == [False, False, True]
