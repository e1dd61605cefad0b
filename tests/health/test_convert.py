"""convert: the chosen engine must answer as the goldens say; any other that does not is told and left out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maxctl.core.errors import StageError
from maxctl.core.findings import Severity
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.golden import suite as suites
from maxctl.golden.compare import compare
from maxctl.golden.run import SuiteResult
from maxctl.golden.tolerance import Tolerance
from maxctl.health import convert
from tests.projects import spec, write_tree

CUP = {"label_id": "47", "label": "cup", "probability": 0.9, "detection_box": [0.1, 0.1, 0.5, 0.5]}
EXPECTED = {"status": "ok", "predictions": [CUP]}


@pytest.fixture
def view(tmp_path: Path) -> Any:
    """A model with a prepared form and one golden case; `view(engine, verdict of record)` gives what the stage sees."""

    def build(engine: str = "litert", recorded: Verdict = Verdict.PASSED) -> ModelView:
        root = write_tree(
            tmp_path / "project", {"labels.json": "[]", ".maxctl/out/prepare/saved_model/saved_model.pb": "x"}
        )
        picture = write_tree(tmp_path, {"cup.png": "picture"}) / "cup.png"
        from maxctl.core import digest

        case = suites.Case("cup", picture, digest.of_file(picture).removeprefix("sha256:"), expected=EXPECTED)
        if not (root / "golden").exists():
            (root / "golden").mkdir()
            suites.write(
                root / "golden", suites.Suite("object-detection", Tolerance(0.01, 0.98), (case,), {}, "image")
            )
        chosen = {**spec()["inference"], "engine": engine}
        model = ModelSpec.model_validate(spec(inference=chosen, labels="labels.json"))
        prepared = SimpleNamespace(
            verdict=Verdict.PASSED, outputs=[SimpleNamespace(path=convert.SAVED_MODEL)]
        )
        needs = {"prepare": prepared, "record": SimpleNamespace(verdict=recorded, outputs=[])}
        return ModelView(root, tmp_path / "staging", tmp_path / "cache", model, convert.Convert.reads, needs)

    return build


def run(view: ModelView, monkeypatch: pytest.MonkeyPatch, score: float | None) -> Outcome:
    """Run the stage; the converted model answers with this score, or cannot be converted where it is None."""

    def converted(saved_model: Path, target: Path, progress: object) -> None:
        if score is None:
            raise StageError("LiteRT has no operator `Strange`")
        target.write_bytes(b"tflite")

    def answers(
        spec: Any, engine: str, path: Path, labels: Path, suite: Any, progress: object
    ) -> SuiteResult:
        assert engine == "litert" and path.read_bytes() == b"tflite"
        actual = {"status": "ok", "predictions": [{**CUP, "probability": score}]}
        cases = [compare(suite.task, case.id, case.expected, actual, suite.tolerance) for case in suite.cases]
        return SuiteResult(tuple(cases))

    monkeypatch.setattr(convert, "_convert", converted)
    monkeypatch.setattr(convert, "answers", answers)
    from maxctl.core.progress import Silent

    return convert.Convert().run(view, Silent())


def test_an_engine_that_answers_as_expected_matches_with_its_numbers(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(view(), monkeypatch, 0.905)
    assert outcome.verdict is Verdict.PASSED and outcome.outputs == (convert.LITERT,)
    chosen = outcome.facts.chosen()  # type: ignore[union-attr]
    assert chosen.matches and chosen.max_score_difference == pytest.approx(0.005) and chosen.min_iou == 1.0


def test_a_chosen_engine_that_differs_fails_the_stage(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run(view(), monkeypatch, 0.7)
    assert outcome.verdict is Verdict.FAILED
    assert [(finding.code, finding.severity) for finding in outcome.findings] == [("CNV001", Severity.ERROR)]
    assert not outcome.facts.chosen().matches  # type: ignore[union-attr]


def test_an_engine_that_differs_but_is_not_chosen_is_only_told(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(view("tensorflow"), monkeypatch, 0.7)
    assert outcome.verdict is Verdict.PASSED
    assert [finding.severity for finding in outcome.findings] == [Severity.WARNING]
    assert outcome.facts.chosen().engine == "tensorflow"  # type: ignore[union-attr]


@pytest.mark.parametrize(("engine", "verdict"), [("litert", Verdict.FAILED), ("tensorflow", Verdict.PASSED)])
def test_a_model_that_cannot_be_converted_matters_only_to_the_chosen_engine(
    view: Any, monkeypatch: pytest.MonkeyPatch, engine: str, verdict: Verdict
) -> None:
    outcome = run(view(engine), monkeypatch, None)
    assert outcome.verdict is verdict and outcome.outputs == ()
    (finding,) = outcome.findings
    assert finding.code == "CNV002" and "no operator `Strange`" in finding.message


def test_without_goldens_there_is_nothing_to_compare_with(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run(view(recorded=Verdict.SKIPPED), monkeypatch, 0.9)
    assert (outcome.verdict, outcome.skip) == (Verdict.SKIPPED, Skip.NOT_APPLICABLE)
