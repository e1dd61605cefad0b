"""The suite asked of the scaffolded service, in-process and over HTTP, in a pipeline and beside one."""

import os
import socket
import sys
from pathlib import Path

import pytest

from maxctl.adapters import service, venv
from maxctl.core import digest
from maxctl.core.errors import ChildFailedError, StageError, UsageError
from maxctl.core.facts.record import RecordFacts
from maxctl.core.facts.regress import RegressFacts
from maxctl.core.manifest import Output, Result
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.release.regress import Regress, RegressOptions
from tests.golden.suites import CAT, COFFEE, CUP, answer, written
from tests.projects import project
from tests.release.fake_service import folder

GOOD = {"coffee": COFFEE, "cat": CAT}
WORSE = {"coffee": answer(CUP), "cat": CAT}


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this Python for the service's own; the environment has tests of its own."""
    monkeypatch.setattr(venv, "python_of", lambda requirements, cache, progress: Path(sys.executable))


def make(tmp_path: Path, answers: dict[str, object]) -> Path:
    root = project(tmp_path / "p")
    written(root)
    folder(root, answers)
    return root


def regress(root: Path, suite: str | None = None, skipped: bool = False, **options: object) -> Outcome:
    stage = Regress(RegressOptions(**options))
    staging = root / ".maxctl/staging/regress"
    staging.mkdir(parents=True, exist_ok=True)
    facts = RecordFacts(
        suite=suite or digest.of_tree(root / "golden"), task="object-detection", made_by={}, cases=()
    )
    recorded = Result(verdict=Verdict.PASSED, facts=facts.model_dump(mode="json"))
    if skipped:
        recorded = Result(verdict=Verdict.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no reference")
    scaffolded = Result(verdict=Verdict.PASSED, outputs=(Output(path="service", sha256="0" * 64),))
    view = ModelView(
        root=root,
        staging=staging,
        cache=root.parent / "cache",
        _spec=Project(root).spec,
        _reads=stage.reads,
        _needs={"record": recorded, "scaffold": scaffolded},
        _who="regress",
    )
    return stage.run(view, Silent())


@pytest.mark.parametrize("http", [False, True])
def test_a_service_that_answers_as_recorded_passes_and_leaves_a_report(tmp_path: Path, http: bool) -> None:
    root = make(tmp_path, GOOD)
    outcome = regress(root, http=http)
    target = "http" if http else "service"
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    assert outcome.outputs == (f"reports/regress-{target}.html",)
    assert "All 2 cases are answered" in (root / ".maxctl/staging/regress" / outcome.outputs[0]).read_text()
    assert isinstance(outcome.facts, RegressFacts) and outcome.facts.target == target


@pytest.mark.parametrize("http", [False, True])
def test_a_service_that_answers_otherwise_fails_with_the_place_of_the_report(
    tmp_path: Path, http: bool
) -> None:
    outcome = regress(make(tmp_path, WORSE), http=http)
    assert outcome.verdict is Verdict.FAILED
    (finding,) = outcome.findings
    assert (finding.code, finding.subject) == ("REG001", "coffee: table")
    assert f"look at {outcome.outputs[0]}" in finding.remedy
    assert isinstance(outcome.facts, RegressFacts)
    assert [(c.verdict, c.expected, c.same, c.missing) for c in outcome.facts.cases] == [
        ("failed", 2, 1, 1), ("passed", 1, 1, 0),
    ]  # fmt: skip


def test_the_result_is_the_same_twice_and_names_no_place_of_this_machine(tmp_path: Path) -> None:
    first, second = (regress(make(tmp_path / name, WORSE)) for name in "ab")
    assert first == second
    assert str(tmp_path) not in repr(first)
    pages = [(tmp_path / name / "p/.maxctl/staging/regress/reports/regress-service.html") for name in "ab"]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert str(tmp_path) not in pages[0].read_text()


def test_a_suite_that_is_not_the_recorded_one_is_a_finding(tmp_path: Path) -> None:
    outcome = regress(make(tmp_path, GOOD), suite=f"sha256:{'0' * 64}")
    assert [finding.code for finding in outcome.findings] == ["REG007"]


def test_without_a_recorded_suite_there_is_nothing_to_do(tmp_path: Path) -> None:
    outcome = regress(make(tmp_path, GOOD), skipped=True)
    assert outcome.skip is Skip.NOT_APPLICABLE


def test_a_service_that_ends_at_once_tells_its_last_words(tmp_path: Path) -> None:
    root = make(tmp_path, GOOD)
    (root / "service/broken").touch()
    with pytest.raises(StageError, match=r"ended with exit code 1\n  error: the model could not be loaded"):
        regress(root, http=True)


def test_a_service_that_cannot_be_asked_is_no_finding_but_a_failure(tmp_path: Path) -> None:
    root = make(tmp_path, {"coffee": COFFEE})
    with pytest.raises(ChildFailedError, match="KeyError: 'cat'"):
        regress(root)


def test_the_service_is_stopped_when_the_suite_was_asked(tmp_path: Path) -> None:
    root = make(tmp_path, GOOD)
    regress(root, http=True)
    port = int((root / "service/port").read_text())
    with socket.socket() as door:
        assert door.connect_ex(("127.0.0.1", port)) != 0


def test_the_callers_shell_does_not_configure_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")  # the fake service refuses it
    assert regress(make(tmp_path, GOOD)).verdict is Verdict.PASSED
    assert os.environ["PYTHONPATH"] == "/nowhere"


def test_only_the_projects_own_suite_on_its_own_service_is_recorded() -> None:
    assert Regress().records()
    assert Regress(RegressOptions(golden="golden/", http=True)).records()
    assert not Regress(RegressOptions(golden="nightly")).records()
    assert not Regress(RegressOptions(url="http://localhost:5000")).records()


def test_another_suite_is_asked_of_the_service_beside_it(tmp_path: Path) -> None:
    root = make(tmp_path, GOOD)
    (root / "golden").rename(root / "nightly")
    stage = Regress(RegressOptions(golden="nightly"))
    assert stage.on_path(str(root), tmp_path / "cache", Silent()).verdict is Verdict.PASSED


def test_a_folder_without_a_service_says_what_to_do(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(StageError) as caught:
        Regress().on_path(str(tmp_path), tmp_path / "cache", Silent())
    assert "there is no service in service" in caught.value.message
    assert "--url" in str(caught.value.hint)


def test_a_report_elsewhere_is_for_runs_that_are_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--report"):
        regress(make(tmp_path, GOOD), report="x.html")


def test_predict_returns_what_the_child_says_of_itself(tmp_path: Path) -> None:
    told: list[str] = []
    place = folder(tmp_path, {"one": CAT})
    picture = place / "answers.json"
    described = service.predict(
        sys.executable, "serving", place, [{"id": "one", "input": str(picture), "parameters": {}}],
        lambda id_, response: told.append(id_), cwd=place,
    )  # fmt: skip
    assert (described, told) == ({"model": "fake"}, ["one"])
