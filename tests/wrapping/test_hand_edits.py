from __future__ import annotations

import json
import os
import shutil

import pytest

from maxctl.core.errors import StageError
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.runner import rehearse
from maxctl.core.stage import Verdict
from maxctl.wrapping.handedits import Act, decide
from maxctl.wrapping.scaffold import Scaffold
from tests import projects
from tests.wrapping.small_project import SmallProject, codes

LINES = "".join(f"line {n}\n" for n in range(1, 21))


@pytest.fixture
def generated(project: SmallProject) -> SmallProject:
    """A scaffolded service with a file of twenty lines, made by a template of the project's own."""
    (project.root / "templates/service").mkdir(parents=True)
    template(project, LINES)
    project.scaffold()
    return project


def template(project: SmallProject, text: str) -> None:
    (project.root / "templates/service/PAGE.txt").write_text(text)


@pytest.mark.parametrize(
    ("before", "current", "now", "act"),
    [
        (None, None, "n", Act.WRITE),
        ("b", "b", "n", Act.WRITE),
        ("b", "n", "n", Act.KEEP),
        ("b", "edited", "b", Act.KEEP),
        ("b", "edited", "n", Act.MERGE),
        (None, "theirs", "n", Act.OFFER),
        (None, "n", "n", Act.KEEP),
        ("b", None, "n", Act.STAY_AWAY),
        ("b", "b", None, Act.DROP),
        ("b", None, None, Act.KEEP),
        ("b", "edited", None, Act.KEEP),
    ],
)
def test_what_happens_to_a_file(before, current, now, act):
    assert decide(before, current, now) is act


def test_an_untouched_file_follows_its_template(generated):
    template(generated, LINES.replace("line 2\n", "line two\n"))
    outcome = generated.scaffold()
    assert (outcome.findings, outcome.facts.edited) == ((), ())
    assert "line two" in (generated.service / "PAGE.txt").read_text()


def test_an_edit_survives_when_the_template_is_the_same(generated):
    page = generated.service / "PAGE.txt"
    page.write_text(LINES + "mine\n")
    for _ in range(2):
        outcome = generated.scaffold()
        assert (outcome.findings, outcome.facts.edited) == ((), ("PAGE.txt",))
        assert page.read_text() == LINES + "mine\n"


def test_an_edit_is_merged_with_a_change_elsewhere(generated):
    page = generated.service / "PAGE.txt"
    page.write_text(LINES.replace("line 19", "mine"))
    page.chmod(0o755)
    template(generated, LINES.replace("line 2\n", "line two\n"))
    outcome = generated.scaffold()
    assert (outcome.findings, outcome.facts.edited) == ((), ("PAGE.txt",))
    assert page.read_text() == LINES.replace("line 19", "mine").replace("line 2\n", "line two\n")
    assert os.access(page, os.X_OK)


def test_a_conflict_keeps_both_until_a_person_has_chosen(generated):
    page, offered = generated.service / "PAGE.txt", generated.service / "PAGE.txt.new"
    page.write_text(LINES.replace("line 5", "mine"))
    template(generated, LINES.replace("line 5", "theirs"))
    for _ in range(2):  # the second run tells it again: nothing was decided
        outcome = generated.scaffold()
        assert (outcome.verdict, codes(outcome)) == (Verdict.FAILED, ["SCF001"])
        assert "mine" in page.read_text()
        assert "theirs" in offered.read_text()
        assert not (generated.service / "PAGE.txt.1.new").exists()
    offered.unlink()
    outcome = generated.scaffold()
    assert (outcome.verdict, outcome.facts.edited) == (Verdict.PASSED, ("PAGE.txt",))
    assert "mine" in page.read_text()
    assert not offered.exists()


def test_an_offer_goes_away_once_the_edit_fits(generated):
    page, offered = generated.service / "PAGE.txt", generated.service / "PAGE.txt.new"
    page.write_text(LINES.replace("line 5", "mine"))
    template(generated, LINES.replace("line 5", "theirs"))
    generated.scaffold()
    page.write_text(offered.read_text())
    assert generated.scaffold().verdict is Verdict.PASSED
    assert not offered.exists()


def test_a_persons_own_file_with_the_offers_name_is_not_overwritten(generated):
    own = generated.service / "PAGE.txt.new"
    own.write_text("notes")
    (generated.service / "PAGE.txt").write_text(LINES.replace("line 5", "mine"))
    template(generated, LINES.replace("line 5", "theirs"))
    generated.scaffold()
    assert own.read_text() == "notes"
    assert "theirs" in (generated.service / "PAGE.txt.1.new").read_text()


def test_without_the_former_content_an_edit_is_kept_and_the_new_version_offered(generated):
    shutil.rmtree(generated.cache)
    (generated.service / "PAGE.txt").write_text(LINES.replace("line 19", "mine"))
    template(generated, LINES.replace("line 2\n", "line two\n"))
    outcome = generated.scaffold()
    assert codes(outcome) == ["SCF001"]
    assert "mine" in (generated.service / "PAGE.txt").read_text()
    assert "line two" in (generated.service / "PAGE.txt.new").read_text()


def test_a_damaged_memory_is_not_merged_with(generated):
    edited = LINES.replace("line 19", "mine")
    for path in (generated.cache / "generated").iterdir():
        path.write_text(edited)  # merged with this, the edit would look like no edit
    (generated.service / "PAGE.txt").write_text(edited)
    template(generated, LINES.replace("line 2\n", "line two\n"))
    assert codes(generated.scaffold()) == ["SCF001"]
    assert (generated.service / "PAGE.txt").read_text() == LINES.replace("line 19", "mine")


def test_a_deleted_file_stays_away_and_a_change_to_it_is_told_once(generated):
    page = generated.service / "PAGE.txt"
    page.unlink()
    assert generated.scaffold().findings == ()
    template(generated, LINES + "more\n")
    assert codes(generated.scaffold()) == ["SCF002"]
    assert codes(generated.scaffold()) == []
    assert not page.exists()


def test_files_of_the_persons_own_survive(generated):
    service = generated.service
    (service / ".git").mkdir()
    (service / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (service / "notes/empty").mkdir(parents=True)
    (service / "notes/plan.md").write_text("a plan")
    (service / "notes/link").symlink_to("plan.md")
    before = (service / "notes/plan.md").stat().st_mtime_ns
    template(generated, "another page\n")
    assert generated.scaffold().findings == ()
    assert (service / ".git/HEAD").is_file()
    assert (service / "notes/empty").is_dir()
    assert (service / "notes/plan.md").stat().st_mtime_ns == before
    assert (service / "notes/link").readlink().name == "plan.md"


def test_what_is_no_longer_generated_goes_unless_it_was_edited(generated):
    (generated.root / "templates/service/SECOND.txt").write_text("second\n")
    generated.scaffold()
    (generated.service / "SECOND.txt").write_text("second, mine\n")
    shutil.rmtree(generated.root / "templates")
    assert generated.scaffold().findings == ()
    assert not (generated.service / "PAGE.txt").exists()
    assert (generated.service / "SECOND.txt").read_text() == "second, mine\n"


def test_a_file_that_was_there_first_is_kept_and_ours_offered(project):
    project.service.mkdir()
    (project.service / "README.md").write_text("# Ours\n")
    outcome = project.scaffold()
    assert codes(outcome) == ["SCF001"]
    assert (project.service / "README.md").read_text() == "# Ours\n"
    assert (project.service / "README.md.new").read_text().startswith("# Tiny Detector")
    state = json.loads((project.service / ".maxctl.json").read_text())
    assert state["offers"]["README.md"]["at"] == "README.md.new"


def test_an_edited_asset_is_put_back_and_the_edit_set_aside(generated):
    labels = generated.service / "assets/labels.json"
    packed = labels.read_text()
    labels.write_text("[]")
    outcome = generated.scaffold()
    assert (outcome.verdict, codes(outcome)) == (Verdict.PASSED, ["SCF003"])
    assert labels.read_text() == packed
    assert (generated.service / "assets/labels.json.0.edited").read_text() == "[]"


def test_assets_that_were_not_committed_come_back(generated):
    shutil.rmtree(generated.service / "assets")
    assert generated.scaffold().findings == ()
    assert (generated.service / "assets/model.tflite").is_file()


def test_a_damaged_memory_of_what_was_generated_is_named(generated):
    (generated.service / ".maxctl.json").write_text("{")
    with pytest.raises(StageError, match=r"service/\.maxctl\.json cannot be used"):
        generated.scaffold()


def test_a_link_in_place_of_a_folder_is_not_followed(generated, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(generated.service / "deploy")
    (generated.service / "deploy").symlink_to(elsewhere)
    with pytest.raises(StageError, match="service/deploy is no folder"):
        generated.scaffold()
    assert list(elsewhere.iterdir()) == []


def test_check_is_silent_on_a_fresh_service_and_writes_nothing(generated):
    before = {path: path.stat().st_mtime_ns for path in generated.service.rglob("*")}
    outcome = generated.scaffold(check=True)
    assert (outcome.verdict, outcome.findings, outcome.outputs) == (Verdict.PASSED, (), ())
    assert {path: path.stat().st_mtime_ns for path in generated.service.rglob("*")} == before


def test_check_names_what_was_edited_outdated_missing_and_added(generated):
    (generated.service / "serving/errors.py").write_text("# mine\n")
    (generated.service / "serving/extra.py").write_text("# mine\n")
    (generated.service / "assets/labels.json").write_text("[]")
    (generated.service / "Dockerfile").unlink()
    template(generated, "another page\n")
    outcome = generated.scaffold(check=True)
    assert outcome.verdict is Verdict.FAILED
    told = {finding.subject: finding.message for finding in outcome.findings}
    assert sorted(told) == [
        "Dockerfile", "PAGE.txt", "assets/labels.json", "serving/errors.py", "serving/extra.py",
    ]  # fmt: skip
    assert "edited by hand" in told["serving/errors.py"]
    assert "earlier state" in told["PAGE.txt"]
    assert "not there" in told["Dockerfile"]
    assert "no part of" in told["serving/extra.py"]


def test_a_comparison_is_not_recorded_and_needs_recorded_steps(tmp_path):
    stage = Scaffold(Scaffold.Options(check=True))
    assert not stage.records()
    assert Scaffold().records()
    step = Step("scaffold", stage)
    with pytest.raises(StageError, match="fetch, scan-license, package has no recorded result"):
        rehearse(Project(projects.project(tmp_path)), Pipeline("p", "", (step,)), step, Silent())


def test_check_needs_a_service(project):
    with pytest.raises(StageError, match="no service/ to compare"):
        project.scaffold(check=True)
