"""`record` writes a golden suite once, never over one that is there, and holds the prepared model against it."""

import importlib.metadata
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maxctl.core import digest
from maxctl.core.errors import SpecError, StageError, ToolMissingError
from maxctl.core.facts.record import RecordFacts
from maxctl.core.progress import Silent
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Skip, Stage, Verdict, inputs
from maxctl.golden import suite
from maxctl.golden.suite import SuiteError
from maxctl.health.convert import Convert
from maxctl.health.prepare import Prepare
from maxctl.health.record import Record, RecordOptions
from maxctl.serving.config import ServiceConfig
from maxctl.wrapping.scaffold import Scaffold
from tests.golden.suites import CAT, answer, found
from tests.health.recorded_project import REFERENCE, make, prepared_answers, record
from tests.projects import spec, write_tree

LOWER = answer(found("cat", 0.90, 0.2, 0.2, 0.8, 0.8, id_="17"))
NEARLY = answer(found("cat", 0.945, 0.2, 0.2, 0.8, 0.8, id_="17"))


def nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def reference_files(root: Path) -> list[Path]:
    return [
        path for pattern in Record.reads.files for path in inputs(root, pattern) if "reference" in path.parts
    ]


def reanswer(root: Path, **answers: object) -> None:
    (root / "reference/answers.json").write_text(json.dumps(answers))


def test_the_first_run_writes_the_research_codes_own_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path / "p")
    (config,) = (prepared_answers(monkeypatch), record(root))[0]
    golden = suite.load(root / "golden")
    assert [(case.id, case.expected) for case in golden.cases] == [("one", CAT), ("two", CAT)]
    assert golden.made_by == {"toy": "1.0"}
    assert golden.cases[0].license == "CC0-1.0"
    assert config["engine"]["name"] == "tensorflow"


def test_the_outcome_tells_the_suite_and_its_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared_answers(monkeypatch)
    outcome = record(make(tmp_path / "p"))
    assert outcome.verdict is Verdict.PASSED and outcome.outputs == ("golden",)
    assert isinstance(outcome.facts, RecordFacts)
    assert outcome.facts.suite == digest.of_tree(tmp_path / "p/golden")
    assert [(case.id, case.predictions) for case in outcome.facts.cases] == [("one", 1), ("two", 1)]
    assert str(tmp_path) not in outcome.facts.model_dump_json()


def test_the_configuration_of_the_prepared_model_is_one_that_the_service_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = prepared_answers(monkeypatch)
    record(make(tmp_path / "p"))
    config = ServiceConfig.model_validate(seen[0])
    assert config.engine.sha256 == digest.of_tree(tmp_path / "p/.maxctl/out/prepare/saved_model")[7:]
    assert config.parameters["threshold"].default == 0.7


def test_answers_equal_within_tolerance_change_not_one_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    record(root)
    before = digest.of_tree(root / "golden")
    reanswer(root, one=NEARLY, two=CAT)
    outcome = record(root)
    assert outcome.verdict is Verdict.PASSED and outcome.findings == ()
    assert digest.of_tree(root / "golden") == before


def test_other_answers_fail_with_the_difference_and_leave_the_golden_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    record(root)
    before = digest.of_tree(root / "golden")
    reanswer(root, one=LOWER, two=answer())
    outcome = record(root)
    assert outcome.verdict is Verdict.FAILED and outcome.outputs == ()
    assert [(f.code, f.subject) for f in outcome.findings] == [("REC001", "one: cat"), ("REC001", "two: cat")]
    assert "score 0.9000, expected 0.9500: off by -0.0500" in outcome.findings[0].message
    assert "maxctl record --update" in outcome.findings[0].remedy
    assert digest.of_tree(root / "golden") == before
    assert len(asked) == 1, "the prepared model is not asked while the goldens are in doubt"


def test_update_writes_other_answers_and_says_what_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    record(root)
    reanswer(root, one=NEARLY, two=LOWER)
    prepared_answers(monkeypatch, lambda question: NEARLY if question["id"] == "one" else LOWER)
    said: list[str] = []
    monkeypatch.setattr(Silent, "say", lambda self, message: said.append(message))
    outcome = record(root, update=True)
    assert outcome.verdict is Verdict.PASSED
    assert said == [
        "golden changes: two: cat: score 0.9000, expected 0.9500: off by -0.0500, allowed ±0.01",
        "commit golden/; approvals of the old suite are void",
    ]
    assert [case.expected for case in suite.load(root / "golden").cases] == [NEARLY, LOWER]


def test_update_is_no_part_of_the_key() -> None:
    assert Record(RecordOptions(update=True)).options.model_dump() == Record().options.model_dump()


def test_after_an_update_a_plain_record_gives_the_very_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_answers(monkeypatch, lambda question: LOWER if question["id"] == "two" else CAT)
    root = make(tmp_path / "p")
    record(root)
    reanswer(root, one=CAT, two=LOWER)
    updated = record(root, update=True)
    assert updated == record(root) and updated.findings == ()


def test_what_answers_for_the_prepared_model_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Record().tools_for(ModelSpec.model_validate(spec()))
    assert sorted(told) == ["serving", "tensorflow"]
    assert told["serving"] == Scaffold().tools()["serving"]


@pytest.mark.parametrize("stage", [Prepare, Record, Convert])
def test_tools_that_are_not_here_are_told_as_missing(
    stage: type[Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_is_installed(monkeypatch)
    tools = stage().tools_for(ModelSpec.model_validate(spec()))
    assert tools.pop("serving", "sha256:").startswith("sha256:")
    assert set(tools.values()) == {"missing"} and "tensorflow" in tools


def test_prepare_without_tensorflow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_is_installed(monkeypatch)
    with pytest.raises(ToolMissingError, match="TensorFlow is not installed") as caught:
        outputs = [SimpleNamespace(path=".maxctl/out/fetch/artifacts")]
        needs: Any = {"fetch": SimpleNamespace(verdict=Verdict.PASSED, outputs=outputs)}
        model = ModelSpec.model_validate(spec())
        Prepare().run(ModelView(tmp_path, tmp_path, tmp_path, model, Prepare.reads, needs), Silent())
    assert caught.value.hint == "pip install 'maxctl[tensorflow]'"


@pytest.mark.parametrize("folder", ["lib", "n", "no", "node", "nodes", "node_modules_of_mine", "lib/deeper"])
def test_every_folder_of_the_reference_is_copied_and_in_the_key(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_answers(monkeypatch)
    program = f"import pathlib\nexec(pathlib.Path('{folder}/ask.py').read_text())"
    root = make(tmp_path / "p", program=program)
    write_tree(root, {f"reference/{folder}/ask.py": REFERENCE})
    assert record(root).verdict is Verdict.PASSED
    assert root / f"reference/{folder}/ask.py" in reference_files(root)


@pytest.mark.parametrize("folder", ["node_modules", ".venv", "__pycache__"])
def test_what_was_installed_or_cached_is_no_part_of_the_reference(tmp_path: Path, folder: str) -> None:
    root = write_tree(tmp_path, {f"reference/{folder}/deep/x.mjs": "", "reference/x.mjs": ""})
    assert reference_files(root) == [root / "reference/x.mjs"]


def test_an_added_and_a_removed_case_need_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    record(root)
    make(root, {"one": CAT, "three": CAT})
    outcome = record(root)
    assert [(f.code, f.message) for f in outcome.findings] == [
        ("REC002", "case two was removed"),
        ("REC002", "case three was added"),
    ]
    record(root, update=True)
    assert [case.id for case in suite.load(root / "golden").cases] == ["one", "three"]


def test_a_damaged_suite_is_refused_and_replaced_only_by_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    record(root)
    (root / "golden/cases/one/expected.json").write_text("{}")
    with pytest.raises(SuiteError, match=r"one/expected\.json: was changed"):
        record(root)
    said: list[str] = []
    monkeypatch.setattr(Silent, "say", lambda self, message: said.append(message))
    assert record(root, update=True).findings == ()
    (line,) = said
    assert "could not be read" in line and "one/expected.json: was changed" in line and "\n" not in line
    assert len(suite.load(root / "golden").cases) == 2


def test_a_prepared_model_that_answers_otherwise_is_a_finding_per_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = answer(LOWER["predictions"][0], found("dog", 0.8, 0.0, 0.0, 0.1, 0.1))
    prepared_answers(monkeypatch, lambda question: more if question["id"] == "two" else CAT)
    root = make(tmp_path / "p")
    outcome = record(root)
    assert outcome.verdict is Verdict.FAILED
    assert [(f.code, f.subject) for f in outcome.findings] == [("REC003", "two: cat"), ("REC003", "two: dog")]
    assert suite.load(root / "golden").cases[1].expected == CAT, "the golden is the research code's answer"


def test_an_expected_score_next_to_the_threshold_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = answer(found("cat", 0.505, 0.2, 0.2, 0.8, 0.8, id_="17"))
    prepared_answers(monkeypatch, lambda question: close if question["id"] == "one" else CAT)
    inference = {
        "engine": "litert",
        "preprocess": [{"step": "decode_image"}],
        "outputs": {"boxes": "boxes", "scores": "scores"},
        "postprocess": [{"step": "class_scores"}, {"step": "score_threshold", "parameter": "threshold"}],
        "parameters": {"threshold": {"default": 0.7, "minimum": 0, "maximum": 1}},
    }
    outcome = record(make(tmp_path / "p", {"one": close, "two": CAT}, inference=inference))
    assert outcome.verdict is Verdict.PASSED
    assert [(f.code, f.subject) for f in outcome.findings] == [("REC004", "one: cat")]
    assert "0.5050 is within 0.01 of threshold 0.5" in outcome.findings[0].message


@pytest.mark.parametrize("part", ["reference", "golden"])
def test_a_spec_without_reference_or_cases_is_not_applicable(tmp_path: Path, part: str) -> None:
    outcome = record(make(tmp_path / "p", **{part: None}))
    assert outcome.skip is Skip.NOT_APPLICABLE
    assert f"`{part}`" in str(outcome.reason)


def test_without_tensorflow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maxctl.health.record.installed", lambda package: False)
    with pytest.raises(ToolMissingError) as caught:
        record(make(tmp_path / "p"))
    assert caught.value.hint == "pip install 'maxctl[tensorflow]'"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": None}, "names no `labels`"),
        ({"labels": "labels/x.json"}, "there is no file labels/x.json"),
    ],
)
def test_labels_must_be_named_and_there(tmp_path: Path, changes: dict, words: str, monkeypatch) -> None:
    prepared_answers(monkeypatch)
    with pytest.raises(SpecError) as caught:
        record(make(tmp_path / "p", **changes))
    assert words in caught.value.message


def test_a_missing_lock_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared_answers(monkeypatch)
    root = make(tmp_path / "p")
    (root / "reference/lock.txt").unlink()
    with pytest.raises(StageError, match=r"reference/lock\.txt, the lock file, is not there"):
        record(root)
