"""Which records could hold in the project at hand, whatever becomes of what they need."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from maxctl.core.errors import ToolMissingError
from maxctl.core.facts import Facts
from maxctl.core.manifest import Manifest, StepRecord
from maxctl.core.merge_today import Today
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.runner import Selection, run
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions, Verdict
from tests.projects import project

TOOL = {"anvil": "1.0"}


class Words(Facts):
    words: int = 1


class SoftOptions(StageOptions):
    soft: bool = False


class Hit(Stage):
    """Hit with a tool."""

    name = "hit"
    phase = Phase.HEALTH
    reads = Reads(spec=("name",), files=("notes/**",))
    Options = SoftOptions
    Facts = Words

    def tools(self) -> dict[str, str]:
        if not TOOL:
            raise ToolMissingError("no `anvil` here")
        return TOOL

    def run(self, model: ModelView, progress: Any) -> Outcome:
        return Outcome(Verdict.PASSED, facts=Words())


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return Project(project(tmp_path, {"notes/a.txt": "a"}))


@pytest.fixture
def record(place: Project) -> StepRecord:
    (report,) = run(place, plan(), Selection(), Silent())
    assert report.record is not None
    return report.record


def plan(**options: Any) -> Pipeline:
    return Pipeline("p", "", (Step("hit", Hit(SoftOptions(**options))),))


def could_hold(place: Project, record: StepRecord, **options: Any) -> bool:
    return Today(Project(place.root), plan(**options)).hangs_on("hit", record) is not None


def changed(record: StepRecord, part: str, **changes: Any) -> StepRecord:
    return record.model_copy(update={part: getattr(record, part).model_copy(update=changes)})


def test_a_record_of_today_could_hold_and_one_of_other_inputs_could_not(
    place: Project, record: StepRecord
) -> None:
    assert could_hold(place, record)
    assert not could_hold(place, record, soft=True)
    (place.root / "notes/a.txt").write_text("b")
    assert not could_hold(place, record)


def test_a_failed_result_counts_and_an_unavailable_or_expired_one_does_not(
    place: Project, record: StepRecord
) -> None:
    assert could_hold(place, changed(record, "result", verdict=Verdict.FAILED))
    assert not could_hold(place, changed(record, "result", verdict=Verdict.SKIPPED, skip=Skip.UNAVAILABLE))
    today = date.today()
    assert could_hold(place, changed(record, "result", valid_until=today))
    assert not could_hold(place, changed(record, "result", valid_until=today - timedelta(days=1)))


def test_facts_of_another_version_of_the_stage_cannot_hold(place: Project, record: StepRecord) -> None:
    assert not could_hold(place, changed(record, "result", facts={"letters": 3}))


@pytest.mark.parametrize("here", [{"anvil": "missing"}, {"anvil": "none"}, {}])
def test_a_tool_that_is_not_on_this_machine_proves_nothing_stale(
    place: Project, record: StepRecord, monkeypatch: pytest.MonkeyPatch, here: dict[str, str]
) -> None:
    monkeypatch.setitem(globals(), "TOOL", here)
    assert could_hold(place, record)
    monkeypatch.setitem(globals(), "TOOL", {"anvil": "2.0"})
    assert not could_hold(place, record)


def test_a_step_outside_the_pipeline_is_judged_with_the_options_that_it_was_recorded_with(
    place: Project, record: StepRecord
) -> None:
    other = record.model_copy(update={"stage": "fetch"})
    assert not could_hold(place, other)  # in the pipeline `hit` is another stage
    today = Today(place, Pipeline("empty", "", ()))
    assert today.hangs_on("elsewhere", record) is None  # and `hit` is installed nowhere
    stands = today.standings(Manifest(schema_version=1, model="tiny-detector", steps={"elsewhere": record}))
    assert stands["elsewhere"].reason == "the stage hit is not installed"
