from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fastapi.testclient import TestClient

from maxctl.serving import config, engines, hook
from maxctl.serving.admission import MOST, QUEUE, Admission
from maxctl.serving.config import Constant, State
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.errors import StartupError
from maxctl.serving.inference import MAX_ITEMS, Inference
from maxctl.serving.settings import Settings


class Summing(Engine):
    """Gives the sum of each item, plus a constant, and a running total of all items before."""

    name: ClassVar[str] = "summing"
    batch: ClassVar[int | None] = None
    calls: ClassVar[list[int]] = []

    @classmethod
    def load(cls, path: Path, threads: int) -> Summing:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        inputs = {
            "x": TensorSpec("float32", (self.batch, 2)),
            "offset": TensorSpec("int64", ()),
            "total": TensorSpec("float32", (1,)),
        }
        outputs = {"sum": TensorSpec("float32", (self.batch,)), "next": TensorSpec("float32", (1,))}
        return Signature(inputs, outputs)

    def infer(self, inputs: Any) -> dict[str, Any]:
        Summing.calls.append(len(inputs["x"]))
        sums = inputs["x"].sum(axis=1) + np.float32(inputs["offset"])
        return {"sum": sums, "next": inputs["total"] + sums.sum(keepdims=True)}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Summing:
    monkeypatch.setattr(Summing, "calls", [])
    monkeypatch.setattr(Summing, "batch", None)
    return Summing()


OFFSET = {"offset": Constant(dtype="int64", value=10)}
TOTAL = {"total": State(output="next", shape=(1,))}
FIXED_TOTAL = {"total": Constant(dtype="float32", value=[0.0])}


def test_items_are_given_all_at_once_where_the_model_takes_any_number(engine: Summing):
    inference = Inference(engine.signature, None, {**OFFSET, **FIXED_TOTAL}, {})
    found = inference.run(engine, {None: np.ones((5, 2), np.float32)})
    assert found["sum"].tolist() == [12.0] * 5
    assert Summing.calls == [5]


def test_many_items_are_given_in_parts_that_are_joined(engine: Summing):
    inference = Inference(engine.signature, None, {**OFFSET, **FIXED_TOTAL}, {})
    items = np.arange(2 * (MAX_ITEMS + 3), dtype=np.float32).reshape(-1, 2)
    found = inference.run(engine, {None: items})
    assert found["sum"].tolist() == (items.sum(axis=1) + 10).tolist()
    assert Summing.calls == [MAX_ITEMS, 3]


def test_items_are_given_one_by_one_where_the_model_takes_one(
    engine: Summing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Summing, "batch", 1)
    inference = Inference(engine.signature, None, {**OFFSET, **FIXED_TOTAL}, {})
    assert inference.run(engine, {None: np.ones((3, 2), np.float32)})["sum"].tolist() == [12.0] * 3
    assert Summing.calls == [1, 1, 1]


def test_a_model_of_a_fixed_number_of_items_refuses_another(engine: Summing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Summing, "batch", 4)
    inference = Inference(engine.signature, None, {**OFFSET, **FIXED_TOTAL}, {})
    with pytest.raises(ValueError, match="takes 4 items at once, and the input has 3"):
        inference.run(engine, {None: np.ones((3, 2), np.float32)})


def test_a_state_is_handed_from_item_to_item_and_begins_anew_with_each_request(engine: Summing):
    inference = Inference(engine.signature, None, OFFSET, TOTAL)
    for _ in range(2):
        found = inference.run(engine, {None: np.ones((3, 2), np.float32)})
        assert found["next"].tolist() == [12.0, 24.0, 36.0]


@pytest.mark.parametrize(
    ("constants", "state", "message"),
    [
        ({"offzet": OFFSET["offset"]}, {}, "constants.offzet: the model has x, offset, total"),
        ({}, {"totale": TOTAL["total"]}, "state.totale: the model has"),
        (
            OFFSET,
            {"total": State(output="nex", shape=(1,))},
            "state.total.output nex: the model has sum, next",
        ),
    ],
)
def test_names_that_the_model_does_not_have_are_told(
    engine: Summing, constants: Any, state: Any, message: str
):
    with pytest.raises(ValueError, match=message):
        Inference(engine.signature, None, constants, state)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": np.ones((0, 2), np.float32)}, "the input has no item"),
        (
            {"x": np.ones((1, 3), np.float32)},
            r"gives float32 \[1, 3\], but input x takes float32 \['any', 2\]",
        ),
        ({"x": np.ones((1, 2))}, "gives float64"),
        ({"y": np.ones((1, 2), np.float32)}, "also takes x"),
        ({"x": np.ones((1, 2), np.float32), "z": np.ones((1,), np.float32)}, "has no input z"),
    ],
)
def test_what_does_not_fit_the_model_is_told(engine: Summing, given: Any, message: str):
    with pytest.raises(ValueError, match=message):
        Inference(engine.signature, None, OFFSET, TOTAL).run(engine, given)


HOOK = """
import numpy as np

def answer(outputs, value, parameters):
    return {"height": value.height, "width": value.width, "red": float(outputs["scores"][0, :, 0].max())}
"""
CUSTOM = {
    "task": "custom",
    "labels": None,
    "outputs": {},
    "postprocess": [],
    "hook": "hook.py",
    "response": "response.schema.json",
}


def test_a_hook_makes_the_answer_of_a_task_of_its_own(
    write_service: Callable[..., Path], start: Callable[..., TestClient], tmp_path: Path, large_picture: bytes
):
    (tmp_path / "hook.py").write_text(HOOK)
    (tmp_path / "response.schema.json").write_text("{}")
    client = start(**CUSTOM)
    answer = client.post("/model/predict", files={"image": large_picture})
    assert answer.json() == {"status": "ok", "height": 16, "width": 16, "red": 1.0}
    metadata = client.get("/v2/models/tiny").json()
    assert metadata["outputs"] == [{"name": "answer", "datatype": "BYTES", "shape": [1]}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def answer(: pass", "cannot be run: SyntaxError"),
        ("raise RuntimeError('no')", "cannot be run: RuntimeError: no"),
        ("answer = 3", "answer must be a function"),
        ("x = 1", "must define prepare"),
    ],
)
def test_a_hook_that_cannot_be_used_stops_the_start(tmp_path: Path, text: str, message: str):
    (tmp_path / "hook.py").write_text(text)
    with pytest.raises(StartupError, match=message):
        hook.load(tmp_path / "hook.py")


def test_a_task_of_its_own_needs_a_hook_and_a_schema(write_service: Callable[..., Path]):
    path = write_service(**{**CUSTOM, "hook": None, "response": None}) / "service.json"
    with pytest.raises(StartupError, match="needs a hook"):
        config.load(path)


def test_an_answer_that_is_late_frees_its_place_and_says_when_to_come_again(
    start: Callable[..., TestClient], fake_engine: Any, picture: bytes
):
    client = start(Settings(answer_seconds=1, threads=1))
    fake_engine.gate = threading.Event()
    try:
        late = client.post("/model/predict", files={"image": picture})
        assert late.status_code == 503
        assert "within 1 s" in late.json()["message"]
        assert late.headers["retry-after"] == "1"
        told = client.get("/metrics").text
        assert "maxctl_in_flight 0.0" in told
        assert 'maxctl_refused_total{reason="deadline"} 1.0' in told
    finally:
        fake_engine.gate.set()


def test_the_time_of_each_phase_is_told(client: TestClient, picture: bytes):
    client.post("/model/predict", files={"image": picture})
    told = client.get("/metrics").text
    for phase in ("queue", "decode", "preprocess", "infer", "postprocess", "total"):
        assert f'maxctl_predict_seconds_count{{phase="{phase}"}}' in told


def test_every_name_of_an_engine_has_a_platform_in_the_protocol():
    from maxctl.serving.open_inference import PLATFORMS

    assert set(PLATFORMS) <= set(engines.names())


def test_as_much_may_wait_as_is_answered_until_refused_callers_come_again():
    admission = Admission(2)
    assert admission.limit == 2 + QUEUE
    for _ in range(100):
        admission.took(0.02)
    assert admission.limit == 2 + 100
    for _ in range(100):
        admission.took(2.0)
    assert admission.limit == 2 + QUEUE
    for _ in range(200):
        admission.took(0.0001)
    assert admission.limit == 2 + MOST


def test_a_limit_that_is_given_stays():
    admission = Admission(2, 5)
    admission.took(0.001)
    assert admission.limit == 5
