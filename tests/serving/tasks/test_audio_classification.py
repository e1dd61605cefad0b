from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fastapi.testclient import TestClient

from maxctl.serving import config, engines
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.errors import StartupError
from maxctl.serving.labels import Label, Labels
from maxctl.serving.predictor import Predictor
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.pool_windows import MaxWindows
from maxctl.serving.steps.scores import Scores
from maxctl.serving.steps.sound import Sound
from maxctl.serving.steps.top_k import TopK
from maxctl.serving.steps.windows import Windows
from maxctl.serving.tasks.audio_classification import AudioClassification, SoundClass

TASK = AudioClassification()
LABELS = Labels((Label(id=0, name="bark"), Label(id=1, name="rain"), Label(id=2, name="bell")))


class Levels(Engine):
    """Three scores a window of 1600 samples: its mean, its highest and its lowest sample."""

    name: ClassVar[str] = "levels"

    @classmethod
    def load(cls, path: Path, threads: int) -> Levels:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        return Signature(
            {"sound": TensorSpec("float32", (None, 1600))}, {"levels": TensorSpec("float32", (None, 3))}
        )

    def infer(self, inputs: Any) -> dict[str, Any]:
        sound = inputs["sound"]
        return {"levels": np.stack((sound.mean(axis=1), sound.max(axis=1), sound.min(axis=1)), axis=1)}


def service(**changes: Any) -> dict[str, Any]:
    return {
        "task": "audio-classification",
        "engine": {
            "name": "levels",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "input": {"kind": "audio"},
        "preprocess": [{"step": "decode_audio"}, {"step": "windows", "size": 1600, "hop": 1600}],
        "outputs": {"scores": "levels"},
        "postprocess": [
            {"step": "number_classes", "first_id": 1},
            {"step": "average_windows"},
            {"step": "threshold"},
            {"step": "top_k", "k": 2},
        ],
        "parameters": {"threshold": {"default": -1, "minimum": -1, "maximum": 1}},
        **changes,
    }


@pytest.fixture
def sound() -> bytes:
    """Return a WAV file of 0.2 s at 16 kHz: 0.25 in the first half, 0.75 in the second."""
    soundfile = pytest.importorskip("soundfile")
    file = io.BytesIO()
    samples = np.repeat(np.array([0.25, 0.75], np.float32), 1600)
    soundfile.write(file, samples, 16000, format="WAV", subtype="FLOAT")
    return file.getvalue()


@pytest.fixture
def client(start: Callable[..., TestClient]) -> TestClient:
    engines.register("levels", Levels)
    return start(Settings(), **service())


def test_a_file_becomes_labels_over_the_api_of_max(client: TestClient, sound: bytes):
    response = client.post("/model/predict", files={"audio": ("a.wav", sound)}, data={"threshold": "0.4"})
    assert response.json() == {
        "status": "ok",
        "predictions": [
            {"label_id": "1", "label": "red", "probability": 0.5},
            {"label_id": "2", "label": "green", "probability": 0.5},
        ],
    }


def test_the_same_comes_over_the_open_inference_protocol(client: TestClient, sound: bytes):
    tensor = {
        "name": "audio",
        "datatype": "BYTES",
        "shape": [1],
        "data": [base64.b64encode(sound).decode()],
    }
    response = client.post("/v2/models/tiny/infer", json={"inputs": [tensor]})
    outputs = {output["name"]: output["data"] for output in response.json()["outputs"]}
    assert outputs == {"scores": [0.5, 0.5], "classes": [1, 2], "labels": ["red", "green"]}


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no sound", b"ID3" + bytes(50)])
def test_what_is_no_sound_is_the_callers_fault(client: TestClient, data: bytes):
    response = client.post("/model/predict", files={"audio": ("a.wav", data)})
    assert response.status_code == 400
    assert "audio" in response.json()["errors"]


def test_answers_for_each_window_end_the_start(write_service: Callable[..., Path]):
    engines.register("levels", Levels)
    folder = write_service(**service(postprocess=[]))
    with pytest.raises(StartupError, match="add average_windows or max_windows"):
        Predictor(config.load(folder / "service.json"), folder).load()


def whole() -> Context:
    return Context({}, Sound(np.zeros(10, np.float32), 16000))


def test_classes_come_by_score_and_equal_ones_by_id():
    result = TASK.result(TASK.value({"scores": np.array([[0.25, 0.5, 0.25]])}, whole()), whole(), LABELS)
    assert result.found == (
        SoundClass(1, "rain", 0.5),
        SoundClass(0, "bark", 0.25),
        SoundClass(2, "bell", 0.25),
    )


def test_only_what_the_steps_have_left_is_answered():
    scores = TopK(k=1).apply(Scores.from_output(np.array([[0.25, 0.5, 0.25]])), whole())
    result = TASK.result(scores, whole(), LABELS)
    assert [one["label"] for one in TASK.max_response(result)["predictions"]] == ["rain"]
    assert [(one.name, one.shape, one.data) for one in TASK.tensors(result)] == [
        ("scores", (1,), [0.5]),
        ("classes", (1,), [1]),
        ("labels", (1,), ["rain"]),
    ]


def test_the_answer_fits_its_own_schema():
    result = TASK.result(Scores.from_output(np.array([[0.25, 0.5]])), whole(), LABELS)
    TASK.response_model.model_validate(TASK.max_response(result))
    assert {one["name"] for one in TASK.tensor_metadata()} == {one.name for one in TASK.tensors(result)}
    assert "LabelPrediction" in TASK.swagger_definitions()


def test_one_window_needs_pooling_like_many():
    context = Context({}, Windows(size=10, hop=10).apply(Sound(np.zeros(10, np.float32), 16000)))
    value = TASK.value({"scores": np.array([[0.25, 0.5]])}, context)
    with pytest.raises(ValueError, match="add average_windows or max_windows"):
        TASK.result(value, context, LABELS)
    assert TASK.result(postprocess(value, [MaxWindows()], context), context, LABELS).found[0].label == "rain"


def test_a_whole_sounds_scores_may_come_without_an_axis_of_items():
    result = TASK.result(TASK.value({"scores": np.array([0.25, 0.5])}, whole()), whole(), LABELS)
    assert [one.label_id for one in result.found] == [1, 0]


def test_a_score_that_json_cannot_hold_is_told():
    with pytest.raises(ValueError, match="no numbers"):
        TASK.result(Scores.from_output(np.array([[0.25, np.nan]])), whole(), LABELS)
