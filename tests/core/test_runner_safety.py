"""What the runner must never do: lose a folder, follow a link out of the project, or let one stage end the run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from maxctl.core.errors import SpecError, StageError, ToolMissingError
from maxctl.core.freshness import State
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.runner import Selection, StepReport, run, standings
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions, Verdict
from tests.projects import project, write_tree


class WriteOptions(StageOptions):
    text: str = "new"
    output: str = "service"


class Write(Stage):
    """Write a folder."""

    name = "write"
    phase = Phase.WRAPPING
    Options = WriteOptions

    def run(self, model: ModelView, progress: Any) -> Outcome:
        target = model.write(f"{self.options.output}/file.txt")
        target.write_text(self.options.text)
        return Outcome(Verdict.PASSED, outputs=(self.options.output,))


class Fail(Stage):
    """Fail as nobody foresaw."""

    name = "fail"
    phase = Phase.WRAPPING

    def run(self, model: ModelView, progress: Any) -> Outcome:
        raise KeyError("unforeseen")


class Read(Stage):
    """Read a file of the project."""

    name = "read"
    phase = Phase.HEALTH
    reads = Reads(files=("labels*",))

    def run(self, model: ModelView, progress: Any) -> Outcome:
        for path in model.files("labels*"):
            path.read_text()
        return Outcome(Verdict.PASSED)


class NeedsTool(Stage):
    """Need a tool that this machine lacks."""

    name = "needs-tool"
    phase = Phase.HEALTH

    def tools(self) -> dict[str, str]:
        raise ToolMissingError("no `anvil` here", hint="apt-get install anvil")

    def run(self, model: ModelView, progress: Any) -> Outcome:
        raise ToolMissingError("no `anvil` here", hint="apt-get install anvil")


def go(root: Path, *steps: Step) -> list[StepReport]:
    return list(run(Project(root), Pipeline("p", "", steps), Selection(), Silent()))


def interrupt_second_rename(monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    """Let the first rename of `service` pass (the old one is taken away) and the second one end the process."""
    rename, seen = Path.rename, []

    def cut(self: Path, target: Any) -> Any:
        if "service" in (self.name, Path(target).name):
            seen.append(self)
            if len(seen) == 2:
                end()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", cut)


def test_ctrl_c_between_the_two_renames_of_an_output_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, {"service/file.txt": "hand edit"})

    def end() -> None:
        raise KeyboardInterrupt

    interrupt_second_rename(monkeypatch, end)
    with pytest.raises(KeyboardInterrupt):
        go(root, Step("write", Write()))
    assert (root / "service/file.txt").read_text() == "hand edit"
    assert not (root / ".maxctl/trash").exists()


def test_a_kill_between_the_two_renames_is_mended_by_the_next_run(tmp_path: Path) -> None:
    root = project(tmp_path, {"service/file.txt": "hand edit"})
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            interrupt_second_rename(patch, lambda: os._exit(9))
            go(root, Step("write", Write()))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not (root / "service").exists()
    go(root, Step("read", Read()))
    assert (root / "service/file.txt").read_text() == "hand edit"


def test_a_stage_that_ends_unforeseen_stops_only_what_needs_it(tmp_path: Path) -> None:
    first, second = go(project(tmp_path), Step("fail", Fail()), Step("write", Write()))
    assert first.action == "broke" and first.error is not None and first.error.exit_code == 70
    assert "unforeseen" in first.error.message and second.action == "ran"


def test_a_missing_tool_makes_its_step_unavailable_and_stops_neither_run_nor_status(tmp_path: Path) -> None:
    root = project(tmp_path)
    plan = Pipeline("p", "", (Step("needs-tool", NeedsTool()), Step("write", Write())))
    first, second = go(root, *plan.steps)
    assert first.record is not None and first.record.result.skip is Skip.UNAVAILABLE
    assert "apt-get install anvil" in (first.record.result.reason or "") and second.action == "ran"
    assert standings(Project(root), plan)["needs-tool"].state is State.UNAVAILABLE


@pytest.mark.parametrize("output", ["model.yaml", "manifest.yaml", ".maxctl/lock", ".maxctl"])
def test_a_stage_cannot_write_over_what_is_not_its_own(tmp_path: Path, output: str) -> None:
    root = project(tmp_path)
    before = (root / "model.yaml").read_bytes()
    (report,) = go(root, Step("write", Write(WriteOptions(output=output))))
    assert isinstance(report.error, StageError) and "is maxctl's" in report.error.message
    assert (root / "model.yaml").read_bytes() == before


def test_two_steps_cannot_write_the_same_folder(tmp_path: Path) -> None:
    steps = (Step("one", Write()), Step("two", Write(WriteOptions(text="other"))))
    one, two = go(project(tmp_path), *steps)
    assert one.action == "ran" and two.error is not None and "is one's: service" in two.error.message


def test_links_in_the_place_of_maxctls_own_files_are_refused(tmp_path: Path) -> None:
    victim = write_tree(tmp_path / "victim", {"staging/kept.txt": "kept", "precious": "kept"})
    one, two = project(tmp_path / "one"), project(tmp_path / "two")
    (one / ".maxctl").symlink_to(victim)
    (two / ".maxctl").mkdir()
    (two / ".maxctl/lock").symlink_to(victim / "precious")
    for root in (one, two):
        with pytest.raises(StageError, match="symbolic link"):
            go(root, Step("write", Write()))
    assert (victim / "staging/kept.txt").read_text() == (victim / "precious").read_text() == "kept"


def test_an_input_behind_a_link_counts_by_its_content(tmp_path: Path) -> None:
    root = project(tmp_path, {"texts/labels.txt": "one"})
    (root / "labels.txt").symlink_to("texts/labels.txt")
    plan = Pipeline("p", "", (Step("read", Read()),))
    go(root, *plan.steps)
    assert standings(Project(root), plan)["read"].fresh
    (root / "texts/labels.txt").write_text("two")
    assert not standings(Project(root), plan)["read"].fresh


def test_an_input_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"outside.txt": "secret"})
    root = project(tmp_path / "project")
    (root / "labels.txt").symlink_to(tmp_path / "outside.txt")
    (report,) = go(root, Step("read", Read()))
    assert isinstance(report.error, SpecError) and "leads out of the project" in report.error.message


def test_facts_of_another_version_of_a_stage_are_stale(tmp_path: Path) -> None:
    from maxctl.core.facts import Facts

    class Now(Facts):
        words: int

    root = project(tmp_path)
    plan = Pipeline("p", "", (Step("write", Write()),))
    go(root, *plan.steps)
    text = (root / "manifest.yaml").read_text()
    (root / "manifest.yaml").write_text(text.replace("facts: {}", "facts: {letters: 3}"))
    assert standings(Project(root), plan)["write"].fresh
    Write.Facts = Now
    try:
        assert "another version" in standings(Project(root), plan)["write"].reason
    finally:
        Write.Facts = Facts
