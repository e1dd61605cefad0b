"""convert: the chosen engine must answer as the goldens say; any other that does not is told and left out."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maxctl.adapters import process
from maxctl.core.errors import ChildFailedError, MaxctlError, StageError, ToolMissingError
from maxctl.core.findings import Severity
from maxctl.core.progress import Silent
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.golden import suite as suites
from maxctl.golden.compare import compare
from maxctl.golden.run import SuiteResult
from maxctl.golden.tolerance import Tolerance
from maxctl.health import convert
from maxctl.health.prepared_model import Form
from maxctl.runtimes import child
from maxctl.runtimes.child import ModelRefusedError
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
            verdict=Verdict.PASSED, outputs=[SimpleNamespace(path=".maxctl/out/prepare/saved_model")]
        )
        needs = {"prepare": prepared, "record": SimpleNamespace(verdict=recorded, outputs=[])}
        return ModelView(root, tmp_path / "staging", tmp_path / "cache", model, convert.Convert.reads, needs)

    return build


def run(view: ModelView, monkeypatch: pytest.MonkeyPatch, score: float | None) -> Outcome:
    """Run the stage; the converted model answers with this score, or cannot be converted where it is None."""

    def converted(source: Path, form: Any, engine: str, target: Path, progress: object) -> None:
        if score is None:
            raise ModelRefusedError("LiteRT has no operator `Strange`")
        target.write_bytes(b"tflite")

    def answers(spec: Any, engine: str, path: Path, beside: Any, suite: Any, progress: object) -> SuiteResult:
        assert engine == "litert" and path.read_bytes() == b"tflite"
        actual = {"status": "ok", "predictions": [{**CUP, "probability": score}]}
        cases = [compare(suite.task, case.id, case.expected, actual, suite.tolerance) for case in suite.cases]
        return SuiteResult(tuple(cases))

    monkeypatch.setattr(convert, "_convert", converted)
    monkeypatch.setattr(convert, "answers", answers)
    monkeypatch.setattr(convert, "installed", lambda engine: engine in ("tensorflow", "litert"))
    return convert.Convert().run(view, Silent())


def told(outcome: Outcome) -> list[tuple[str, Severity]]:
    """Return the findings, without those of engines that are not here."""
    return [(one.code, one.severity) for one in outcome.findings if one.code != convert.NOT_TRIED.code]


def test_an_engine_that_is_not_installed_is_told_and_not_tried(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(view(), monkeypatch, 0.9)
    told = [(finding.code, finding.severity, finding.subject) for finding in outcome.findings]
    assert told == [("CNV003", Severity.NOTE, engine) for engine in ("onnxruntime", "openvino")]
    assert [one.engine for one in outcome.facts.candidates] == ["litert", "tensorflow"]  # type: ignore[union-attr]


def test_an_engine_that_the_form_cannot_be_converted_for_fails_the_stage(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "installed", lambda engine: True)
    monkeypatch.setattr(convert, "_TARGETS", {**convert._TARGETS, "tensorflow": ()})
    outcome = convert.Convert().run(view("onnxruntime"), Silent())
    assert outcome.verdict is Verdict.FAILED
    assert "not converted for ONNX Runtime" in outcome.findings[0].message


def test_an_engine_that_answers_as_expected_matches_with_its_numbers(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(view(), monkeypatch, 0.905)
    assert outcome.verdict is Verdict.PASSED and outcome.outputs == (".maxctl/out/convert/model.tflite",)
    chosen = outcome.facts.chosen()  # type: ignore[union-attr]
    assert chosen.matches and chosen.max_score_difference == pytest.approx(0.005) and chosen.min_iou == 1.0


def test_a_chosen_engine_that_differs_fails_the_stage(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run(view(), monkeypatch, 0.7)
    assert outcome.verdict is Verdict.FAILED
    assert told(outcome) == [("CNV001", Severity.ERROR)]
    assert not outcome.facts.chosen().matches  # type: ignore[union-attr]


def test_an_engine_that_differs_but_is_not_chosen_is_only_told(
    view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run(view("tensorflow"), monkeypatch, 0.7)
    assert outcome.verdict is Verdict.PASSED
    assert told(outcome) == [("CNV001", Severity.WARNING)]
    assert outcome.facts.chosen().engine == "tensorflow"  # type: ignore[union-attr]


@pytest.mark.parametrize(("engine", "verdict"), [("litert", Verdict.FAILED), ("tensorflow", Verdict.PASSED)])
def test_a_model_that_cannot_be_converted_matters_only_to_the_chosen_engine(
    view: Any, monkeypatch: pytest.MonkeyPatch, engine: str, verdict: Verdict
) -> None:
    outcome = run(view(engine), monkeypatch, None)
    assert outcome.verdict is verdict and outcome.outputs == ()
    finding = outcome.findings[0]
    assert finding.code == "CNV002" and "no operator `Strange`" in finding.message


@pytest.mark.parametrize(
    "error",
    [ChildFailedError("was killed from outside"), ToolMissingError("no TensorFlow"), StageError("TypeError")],
)
def test_a_converter_that_could_not_do_its_work_says_nothing_of_the_model(
    view: Any, monkeypatch: pytest.MonkeyPatch, error: MaxctlError
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(convert, "_convert", broken)
    with pytest.raises(type(error), match=error.message):
        convert.Convert().run(view(), Silent())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("conversion", ModelRefusedError),
        ("unsupported-operator", ModelRefusedError),
        ("framework-missing", ToolMissingError),
        ("bug", StageError),
        ("request", StageError),
    ],
)
def test_the_workers_kind_of_error_tells_whether_the_model_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, kind: str, expected: type[MaxctlError]
) -> None:
    def run(command: object, *, stdin: bytes, on_event: Any) -> None:
        on_event({"event": "error", "kind": kind, "message": "no", "hint": "another"})
        raise ChildFailedError("ended with exit code 1")

    monkeypatch.setattr(process, "run", run)
    with pytest.raises(expected) as caught:
        child.ask({}, Silent())
    assert (type(caught.value), caught.value.message, caught.value.hint) == (expected, "no", "another")


def test_a_worker_that_was_killed_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    killing = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-c", killing))
    with pytest.raises(ChildFailedError, match="SIGKILL"):
        child.ask({}, Silent())


def test_a_worker_that_ends_without_a_word_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-c", ""))
    with pytest.raises(ChildFailedError, match="without an answer"):
        child.ask({}, Silent())


@pytest.mark.parametrize(("engine", "extra"), [("tensorflow", "tensorflow"), ("litert", "engines")])
def test_without_an_engine_it_says_what_to_install(
    view: Any, monkeypatch: pytest.MonkeyPatch, engine: str, extra: str
) -> None:
    monkeypatch.setattr(convert, "installed", lambda name: name != engine)
    with pytest.raises(ToolMissingError) as caught:
        convert.Convert().run(view(), Silent())
    assert caught.value.hint == f"pip install 'maxctl[{extra}]'"


def test_what_answers_for_the_converted_model_is_in_the_key() -> None:
    model = ModelSpec.model_validate(spec())
    named = ["litert", "onnxruntime", "openvino", "serving", "tensorflow", "tf2onnx"]
    assert sorted(convert.Convert().tools_for(model)) == named
    few = ModelSpec.model_validate(spec(inference={**spec()["inference"], "candidates": ["tensorflow"]}))
    assert sorted(convert.Convert().tools_for(few)) == ["litert", "serving", "tensorflow"]


@pytest.mark.parametrize("chosen", [True, False])
def test_without_tf2onnx_only_a_model_that_is_served_by_onnx_runtime_waits(
    view: Any, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    versions = {"tf2onnx": "missing"}
    monkeypatch.setattr("maxctl.health.prepared_model._version", lambda names: versions.get(names[0], "1.0"))
    monkeypatch.setattr(convert, "_TARGETS", {"tensorflow": (Form("onnxruntime", "model.onnx"),)})
    monkeypatch.setattr(convert, "installed", lambda engine: True)
    model = view("onnxruntime" if chosen else "tensorflow")
    if chosen:
        with pytest.raises(ToolMissingError, match="tf2onnx is not installed"):
            convert.Convert().run(model, Silent())
        return
    (finding,) = convert.Convert().run(model, Silent()).findings
    assert (finding.code, finding.message) == ("CNV003", "tf2onnx is not installed")
    assert finding.remedy == "pip install 'maxctl[onnx]'"


def test_without_goldens_there_is_nothing_to_compare_with(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run(view(recorded=Verdict.SKIPPED), monkeypatch, 0.9)
    assert (outcome.verdict, outcome.skip) == (Verdict.SKIPPED, Skip.NOT_APPLICABLE)
