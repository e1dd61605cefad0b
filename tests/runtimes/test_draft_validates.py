"""A draft holds as a spec and as a service once the open places are filled, whatever the format and the task."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from maxctl.core.spec import Preparation
from maxctl.runtimes import FORMATS
from maxctl.runtimes.draft.checked import fitting
from maxctl.runtimes.draft.guess import Guess
from maxctl.runtimes.draft.spec_text import project_files
from maxctl.serving import tasks
from tests.runtimes.drafts import MODELS, check, description, drafted, facts, recorded

PICTURE = ("image", "float32", [1, 224, 224, 3])
TASKS: dict[str, dict[str, Any]] = {
    "object-detection": {
        "inputs": [PICTURE],
        "outputs": [
            ("detection_boxes", "float32", [1, 10, 4]),
            ("detection_classes", "float32", [1, 10]),
            ("detection_scores", "float32", [1, 10]),
        ],
    },
    "image-classification": {"inputs": [PICTURE], "outputs": [("logits", "float32", [1, 1000])]},
    "image-segmentation": {"inputs": [PICTURE], "outputs": [("masks", "float32", [1, 56, 56, 4])]},
    "key-points": {"inputs": [PICTURE], "outputs": [("keypoints", "float32", [1, 1, 17, 3])]},
    "audio-classification": {
        "inputs": [("waveform", "float32", [1, 16000])],
        "outputs": [("probs", "float32", [1, 10])],
    },
    "speech-activity": {
        "inputs": [("vad_audio", "float32", [1, 512])],
        "outputs": [("output", "float32", [1, 1])],
        "metadata": {"description": "voice activity detection"},
    },
    "text-classification": {
        "inputs": [("input_ids", "int64", [None, None]), ("attention_mask", "int64", [None, None])],
        "outputs": [("logits", "float32", [None, 2])],
    },
    "embedding": {
        "inputs": [("input_ids", "int64", [None, None]), ("attention_mask", "int64", [None, None])],
        "outputs": [("last_hidden_state", "float32", [None, None, 384])],
    },
    "tabular": {"inputs": [("rows", "float32", [None, 4])], "outputs": [("probabilities", "float32", [None, 3])]},
    "custom": {"inputs": [PICTURE], "outputs": [("a", "float32", [3, 4, 5, 6, 7])]},
}  # fmt: skip
DECLARED = [name for name in FORMATS if name in get_args(Preparation.model_fields["format"].annotation)]


def test_every_task_is_drafted_here() -> None:
    assert TASKS.keys() == set(tasks.names())


def model_of(format_: str, folder: Path) -> Path:
    """Return a path with the files that a model of the format consists of, empty as they are."""
    folder.mkdir()
    if format_ == "saved-model":
        (folder / "saved_model.pb").write_bytes(b"x")
        return folder
    if format_ == "tfjs-graph-model":
        (folder / "shard1").write_bytes(b"x")
        (folder / "model.json").write_text(
            json.dumps({"weightsManifest": [{"paths": ["shard1"], "weights": []}]})
        )
        return folder / "model.json"
    path = folder / ("model.xml" if format_ == "openvino" else "model.file")
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize("task", sorted(TASKS))
@pytest.mark.parametrize("format_", DECLARED)
def test_a_draft_validates_for_every_format_and_task(format_: str, task: str, tmp_path: Path) -> None:
    found = description(format_, **{key: value for key, value in TASKS[task].items() if key != "metadata"})
    made = facts(format_=format_, **TASKS[task])
    draft = drafted(made)
    if format_ == "scikit-learn" and task != "tabular":
        pytest.skip("scikit-learn's models take rows")
    assert draft.task and draft.task.value == task, draft.task
    model = model_of(format_, tmp_path / "model")
    files = project_files(draft, model, found, tmp_path)
    spec = check(files.spec)
    assert spec.task == task and spec.preparation.format == format_
    top = "" if len(spec.artifacts) == 1 and model.is_file() else "model/"
    assert all(one.path.startswith(top) for one in spec.artifacts)


@pytest.mark.parametrize("name", sorted(path.stem for path in MODELS.glob("*.json")))
def test_the_drafts_of_real_models_validate(name: str, tmp_path: Path) -> None:
    made = recorded(name)
    found = json.loads((MODELS / f"{name}.json").read_text())["description"]
    files = project_files(drafted(made), model_of(made.format, tmp_path / "model"), found, tmp_path)
    assert check(files.spec).inference.engine


def test_a_step_that_does_not_exist_is_left_out_and_said() -> None:
    made_up = [Guess({"step": "resize", "width": 0, "height": 8, "filter": "bilinear"}, "why", "low", "x")]
    after = [Guess({"step": "speech_segments"}, "because", "low", "x")]
    before, kept, notes = fitting("image-classification", made_up, after)
    assert (before, kept) == ((), ())
    assert "resize was left out: width" in notes[0] and "speech_segments is none of task" in notes[1]


def test_names_from_a_hostile_file_break_out_of_no_line_and_no_text(tmp_path: Path) -> None:
    name = 'x"]\nimport os  # {y} \u2028\u202e'
    outputs = [(name, "float32", [1, 84, 8400])]
    parts: dict[str, Any] = {"inputs": [("image", "float32", [1, 3, 640, 640])], "outputs": outputs}
    found = {**description(**parts), "licenses": ["MIT\nname: stolen"]}
    files = project_files(drafted(facts(**parts)), model_of("onnx", tmp_path / "model"), found, tmp_path)
    compile(files.others["hook.py"], "hook.py", "exec")
    assert not any(line.startswith("import os") for line in files.others["hook.py"].splitlines())
    spec = yaml.safe_load(files.spec)
    assert spec["description"].startswith("FILL IN") and check(files.spec).task == "object-detection"
