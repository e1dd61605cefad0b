"""Which steps a run takes, and what is kept when one cannot run."""

from __future__ import annotations

import pytest

from maxctl.core import runner
from maxctl.core.errors import ToolMissingError, UsageError
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.runner import Selection
from maxctl.core.stage import ModelView, Outcome, Phase, Stage, Verdict
from tests.projects import project


class Reach(Stage):
    """Reaches a service, as long as it is there."""

    name = "reach"
    phase = Phase.RELEASE
    there = True

    def run(self, model: ModelView, progress: Silent) -> Outcome:
        if not Reach.there:
            raise ToolMissingError("it is not there", hint="start it")
        return Outcome(Verdict.PASSED)


def plan(*names: str) -> Pipeline:
    steps = [type(name.title(), (Reach,), {"name": name})() for name in names]
    return Pipeline("p", "", tuple(Step(stage.name, stage) for stage in steps))


def run(root, steps, **selected):
    return list(runner.run(Project(root), steps, Selection(**selected), Silent()))


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(Reach, "there", True)


def test_a_run_takes_the_steps_from_one_to_another(tmp_path):
    steps = plan("one", "two", "three", "four")
    reports = run(project(tmp_path), steps, start="two", end="three")
    assert [report.step.id for report in reports] == ["two", "three"]


def test_an_end_before_the_start_is_an_error_not_an_empty_run(tmp_path):
    with pytest.raises(UsageError, match="one stands before two"):
        run(project(tmp_path), plan("one", "two"), start="two", end="one")


def test_a_forced_step_that_cannot_run_now_keeps_the_record_that_holds(tmp_path, monkeypatch):
    root, steps = project(tmp_path), plan("one")
    run(root, steps)
    before = (root / "manifest.yaml").read_bytes()
    monkeypatch.setattr(Reach, "there", False)
    (report,) = run(root, steps, force=True)
    assert isinstance(report.error, ToolMissingError)
    assert runner.worst_exit_code([report]) == 4
    assert (root / "manifest.yaml").read_bytes() == before


def test_without_a_record_that_holds_it_is_recorded_as_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(Reach, "there", False)
    (report,) = run(project(tmp_path), plan("one"))
    assert report.record is not None and report.record.result.skip == "unavailable"


def test_the_command_of_a_step_with_a_name_of_its_own_is_one_that_exists():
    assert runner.command_of("regress") == "maxctl regress"
    assert runner.command_of("regress-image") == "maxctl run lifecycle --only regress-image"
