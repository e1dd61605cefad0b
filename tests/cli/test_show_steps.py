from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from maxctl.cli import show as command


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def go(*arguments: str) -> str:
        command.command().main(list(arguments), standalone_mode=False)
        told = capsys.readouterr()
        return told.out + told.err

    return go


def test_every_task_and_the_steps_it_knows_are_told(run: Callable[..., str]):
    rows = {row["task"]: row for row in json.loads(run("tasks", "--format", "json"))["tasks"]}
    detection = rows["object-detection"]
    assert detection["takes"] == ["image"]
    assert detection["outputs"] == ["boxes", "classes?", "count?", "scores"]
    steps = {row["step"] for row in json.loads(run("steps", "--format", "json"))["steps"]}
    assert all(set(row["postprocess"]) <= steps for row in rows.values())


def test_a_step_is_explained_with_its_options_and_their_ranges(run: Callable[..., str]):
    told = run("steps", "non_maximum_suppression")
    assert "after the model" in told
    assert "iou: number from 0 to 1 = 0.5" in told
    assert "classes: agnostic | per-class" in told


def test_a_misspelt_step_is_told_with_the_closest(run: Callable[..., str]):
    assert "did you mean letterbox" in run("steps", "leterbox")
