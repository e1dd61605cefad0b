"""Models of PyTorch and scikit-learn become ONNX models that answer as they do. `make test-full` installs both."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.runtimes import to_onnx
from maxctl.runtimes.interface import ConversionError
from tests.runtimes.asking import Ask, answers, convert

pytestmark = [
    pytest.mark.slow,
    pytest.mark.frameworks,
    pytest.mark.skipif(
        not (find_spec("torch") and find_spec("skl2onnx")), reason="`make test-full` installs them"
    ),
]
MODELS = Path(__file__).parent / "recorded" / "frameworks"
PICTURE = {
    "inputs": [{"name": "picture", "tensor": "image", "dtype": "float32", "shape": [None, 3, 16, 16]}],
    "outputs": [{"name": "scores", "tensor": "output", "dtype": "float32", "shape": [None, 3]}],
}


def prepare(name: str, out: Path, **more: Any) -> dict[str, Any]:
    return {"do": "prepare", "model": str(MODELS / name), "out": str(out), **more}


@pytest.mark.parametrize("name", ["picture.pt2", "script.pt", "trace.pt"])
@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_a_model_of_pytorch_answers_as_it_did_in_torch(result: Ask, tmp_path: Path, name: str, engine: str):
    program = name == "picture.pt2"
    out = tmp_path / "m.onnx"
    prepared = result(prepare(name, out, **({} if program else {"signature": PICTURE})))
    assert prepared["format"] == "onnx"
    assert [t["shape"] for t in prepared["inputs"]] == [[None, 3, 16, 16]]
    if engine == "openvino":
        convert(result, out, "openvino", tmp_path / "ir")
        out = tmp_path / "ir" / "model.xml"
    with np.load(MODELS / "picture.npz") as recorded:
        given = {"image" if program else "picture": recorded["image"]}
        found = answers(result, out, tmp_path / "x", **given)
        np.testing.assert_allclose(
            found["output" if program else "scores"], recorded["answer"], rtol=1e-4, atol=1e-6
        )


def test_a_program_with_several_ends_keeps_their_names(result: Ask, tmp_path: Path):
    prepared = result(prepare("named.pt2", tmp_path / "m.onnx"))
    assert [t["name"] for t in prepared["inputs"]] == ["tokens", "mask"]
    given = {"tokens": np.array([[0, 1, 2], [3, 4, 5]]), "mask": np.array([[1, 1, 0], [0, 1, 1]], np.float32)}
    found = answers(result, tmp_path / "m.onnx", tmp_path / "x", **given)
    assert found["scores"].tolist() == [1.0, 9.0]
    assert found["kept.1"].tolist() == [[1, 2, 1], [1, 5, 6]]


@pytest.mark.parametrize("name", ["picture.pt2", "script.pt", "iris.joblib"])
def test_the_same_model_gives_the_same_bytes_without_places_of_the_machine(
    result: Ask, tmp_path: Path, name: str
):
    more = {"signature": PICTURE} if name == "script.pt" else {}
    for number in (1, 2):
        result(prepare(name, tmp_path / f"{number}.onnx", **more))
    first, second = ((tmp_path / f"{number}.onnx").read_bytes() for number in (1, 2))
    assert first == second
    assert b"somewhere" not in first
    assert str(tmp_path).encode() not in first


def test_what_forward_takes_must_be_declared(refusal: Ask, tmp_path: Path):
    other = {**PICTURE, "inputs": [{**PICTURE["inputs"][0], "tensor": "picture"}]}
    told = refusal(prepare("script.pt", tmp_path / "m.onnx", signature=other))
    assert told["message"] == "forward() takes image; model.yaml declares picture"
    two = {**PICTURE, "outputs": [*PICTURE["outputs"], {**PICTURE["outputs"][0], "name": "more"}]}
    told = refusal(prepare("script.pt", tmp_path / "m.onnx", signature=two))
    assert told["message"] == "forward() gives 1 tensors; model.yaml declares scores, more"


@pytest.mark.parametrize("name", ["iris.joblib", "iris.2.pkl", "iris.4.pkl"])
def test_an_estimator_answers_as_it_did_in_scikit_learn(result: Ask, tmp_path: Path, name: str):
    result(prepare(name, tmp_path / "m.onnx"))
    with np.load(MODELS / "iris.npz") as recorded:
        found = answers(result, tmp_path / "m.onnx", tmp_path / "x", rows=recorded["rows"].astype(np.float32))
        np.testing.assert_allclose(found["probabilities"], recorded["answer"], rtol=1e-4, atol=1e-6)
    assert found["label"].dtype.kind in "OU"


@pytest.mark.parametrize("name", ["trees", "machine", "outlier", "cluster", "line", "columns", "texts"])
def test_each_kind_of_estimator_is_written_and_compared(result: Ask, tmp_path: Path, name: str):
    """`prepare` itself asks both models 256 rows, and refuses where they differ."""
    described = result({"do": "inspect", "path": str(MODELS / f"{name}.joblib")})
    prepared = result(prepare(f"{name}.joblib", tmp_path / "m.onnx"))
    for side in ("inputs", "outputs"):
        assert [(t["name"], t["dtype"]) for t in prepared[side]] == [
            (t["name"], t["dtype"]) for t in described[side]
        ]


def test_a_step_that_onnx_cannot_hold_is_named(refusal: Ask, tmp_path: Path):
    told = refusal(prepare("function.joblib", tmp_path / "m.onnx"))
    assert "FunctionTransformer is not supported" in told["message"]
    assert not (tmp_path / "m.onnx").exists()


def test_an_estimator_of_another_version_is_not_read(refusal: Ask, tmp_path: Path):
    old = tmp_path / "old.pkl"
    old.write_bytes((MODELS / "iris.2.pkl").read_bytes().replace(b"1.9.1", b"1.2.1"))
    told = refusal({"do": "prepare", "model": str(old), "out": str(tmp_path / "m.onnx")})
    assert "was saved by scikit-learn 1.2.1; 1.9.1 is here" in told["message"]
    assert told["hint"] == "pip install scikit-learn==1.2.1"


def test_a_conversion_that_changes_the_answers_is_refused_and_nothing_is_written(result: Ask, tmp_path: Path):
    result(prepare("iris.joblib", tmp_path / "m.onnx"))
    with np.load(MODELS / "iris.npz") as recorded:
        given = {"rows": recorded["rows"].astype(np.float32)}
        right = {"probabilities": recorded["answer"]}
        to_onnx.compare(given, right, tmp_path / "m.onnx", "iris")
        wrong = {"probabilities": recorded["answer"] + 0.01}
        with pytest.raises(ConversionError, match=r"`probabilities` differs by up to 0\.01"):
            to_onnx.write((tmp_path / "m.onnx").read_bytes(), tmp_path / "other.onnx", given, wrong, "iris")
    assert [path.name for path in tmp_path.iterdir() if "other" in path.name] == []
