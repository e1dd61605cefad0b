"""TF.js -> SavedModel -> LiteRT on hand-made models, in a child process that holds TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.adapters import process
from maxctl.core.errors import StageError
from maxctl.runtimes import FORMATS
from tests.runtimes import tiny_models as tiny

pytestmark = pytest.mark.slow
Ask = Callable[[dict[str, Any]], dict[str, Any]]
WORKER = [sys.executable, "-m", "maxctl.runtimes.worker"]


def prepare(model: Path, signature: dict[str, Any], out: Path) -> dict[str, Any]:
    return {"do": "prepare", "model": str(model), "signature": signature, "out": str(out)}


def infer(
    result: Ask, model: Path, folder: Path, **inputs: np.ndarray[Any, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    folder.mkdir()
    paths = {}
    for name, array in inputs.items():
        paths[name] = str(folder / f"{name}.npy")
        np.save(paths[name], array)
    answer = result({"do": "infer", "model": str(model), "inputs": paths, "out": str(folder)})
    return {name: np.load(written["path"]) for name, written in answer["outputs"].items()}


def test_a_cut_graph_answers_as_numpy_does_in_both_engines(result: Ask, tmp_path: Path) -> None:
    prepared = result(prepare(tiny.scaled(tmp_path / "m"), tiny.SCALED, tmp_path / "saved"))
    assert prepared["inputs"] == [{"name": "image", "dtype": "float32", "shape": [1, 2]}]
    assert [tensor["name"] for tensor in prepared["outputs"]] == ["answer", "flat"]
    # the cast and its uint8 placeholder are cut off, `unused` is not needed
    assert prepared["operators"] == {
        "Add": 1, "Const": 3, "ExpandDims": 1, "Identity": 1, "Mul": 1, "Placeholder": 1, "Squeeze": 1,
    }  # fmt: skip
    assert prepared["files"] == ["saved_model.pb"]
    x = np.array([[1.5, -7.0]], np.float32)
    expected = (x + tiny.OFFSET) * tiny.FACTOR
    converted = result({"do": "convert", "model": str(tmp_path / "saved"), "out": str(tmp_path / "m.tflite")})
    assert converted["inputs"] == prepared["inputs"]
    assert sorted(tensor["name"] for tensor in converted["outputs"]) == ["answer", "flat"]
    for engine in ("saved", "m.tflite"):
        answers = infer(result, tmp_path / engine, tmp_path / f"x-{engine}", image=x)
        np.testing.assert_allclose(answers["answer"], expected, rtol=1e-6)
        np.testing.assert_allclose(answers["flat"], expected, rtol=1e-6)


def test_fused_operators_are_split_and_answer_as_numpy_does_in_both_engines(
    result: Ask, tmp_path: Path
) -> None:
    prepared = result(prepare(tiny.fused(tmp_path / "m"), tiny.FUSED, tmp_path / "saved"))
    assert not any("Fused" in operator or operator == "Prelu" for operator in prepared["operators"])
    result({"do": "convert", "model": str(tmp_path / "saved"), "out": str(tmp_path / "m.tflite")})
    x = np.random.default_rng(3).normal(0, 4, (1, 4, 4, 2)).astype(np.float32)
    expected = tiny.fused_expected(x)
    assert (expected < 0).any() and (expected > 0).any()
    for engine in ("saved", "m.tflite"):
        answer = infer(result, tmp_path / engine, tmp_path / f"x-{engine}", x=x)["y"]
        np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-4)


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    model = tiny.fused(tmp_path / "m")
    for run in ("one", "two"):
        process.work(WORKER, prepare(model, tiny.FUSED, tmp_path / run / "saved"))
        request = {
            "do": "convert",
            "model": str(tmp_path / run / "saved"),
            "out": str(tmp_path / run / "m.tflite"),
        }
        process.work(WORKER, request)
    for file in ("saved/saved_model.pb", "m.tflite"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_a_saved_model_is_described_without_loading_it(result: Ask, tmp_path: Path) -> None:
    result(prepare(tiny.fused(tmp_path / "m"), tiny.FUSED, tmp_path / "saved"))
    (tmp_path / "saved" / "LICENSE").write_text("Apache License\nVersion 2.0")
    described = result({"do": "inspect", "path": str(tmp_path / "saved")})
    assert described["format"] == "saved-model"
    assert described["outputs"] == [{"name": "y", "dtype": "float32", "shape": [1, 4, 4, 2]}]
    assert described["parameters"] == 18 + 2 + 4 + 2
    assert described["licenses"] == ["Apache License"]
    assert described["metadata"]["signatures"] == "serving_default"


def test_progress_comes_before_the_result(events: Callable[[Any], list[Any]], tmp_path: Path) -> None:
    heard = events(prepare(tiny.scaled(tmp_path / "m"), tiny.SCALED, tmp_path / "saved"))
    assert [(e["done"], e["total"]) for e in heard[:-1]] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert heard[-1]["event"] == "result"


@pytest.mark.parametrize(
    ("inputs", "outputs", "kind", "message", "hint"),
    [
        (None, ("answer", "scalde:0", "float32", [1, 2]), "unknown-tensor",
         "no tensor `scalde:0`", "did you mean `scaled:0`"),
        (None, ("answer", "scaled:3", "float32", [1, 2]), "unknown-tensor", "has 1 outputs", None),
        (None, ("answer", "scaled:0", "int32", [1, 2]), "unknown-tensor", "is float32, not int32",
         "declare dtype float32"),
        (None, ("answer", "scaled:0", "float99", [1, 2]), "unknown-tensor", "`float99` is no dtype", None),
        (None, ("answer", "scaled:0", "float32", [1, 3]), "unknown-tensor",
         "has the shape [1, 2], declared is [1, 3]", None),
        (None, ("answer", "boxed:0", "float32", [2, 1]), "unknown-tensor", "has the shape [1, 1, 2]", "size 1"),
        (None, ("answer", "ToFloat:0", "float32", [1, 2]), "unknown-tensor", "is itself an input", None),
        (("image", "scaled:0", "float32", [1, 2]), ("answer", "shifted:0", "float32", [1, 2]), "unknown-tensor",
         "needs the placeholder `raw:0`", "declare `raw:0`"),
        (("image", "unused:0", "float32", [1, 2]), ("answer", "offset:0", "float32", [2]), "unknown-tensor",
         "reaches none of the outputs", None),
        (("image", "ToFloat:0", "float32", [1, 5]), ("answer", "scaled:0", "float32", [1, 5]), "conversion",
         "TensorFlow refuses the graph", "check the declared shapes"),
    ],
)  # fmt: skip
def test_a_signature_that_does_not_fit_the_graph_says_what_does(
    refusal: Ask, tmp_path: Path, inputs: Any, outputs: Any, kind: str, message: str, hint: str | None
) -> None:
    declared = tiny.signature([inputs or ("image", "ToFloat:0", "float32", [1, 2])], [outputs])
    error = refusal(prepare(tiny.scaled(tmp_path / "m"), declared, tmp_path / "saved"))
    assert error["kind"] == kind
    assert message in error["message"]
    assert hint is None or hint in error["hint"]
    assert not (tmp_path / "saved").exists()


def spoiled(folder: Path, *nodes: dict[str, Any], weights: tuple[Any, ...] = (), data: bytes = b"") -> Path:
    return tiny.write(folder, tiny.document([tiny.placeholder("x", [2]), *nodes], weights), data)


Y = tiny.signature([("x", "x:0", "float32", [2])], [("y", "y:0", "float32", [2])])


@pytest.mark.parametrize(
    ("nodes", "kind", "message"),
    [
        ([tiny.node("y", "MakeTea", ["x"])], "unsupported-operator", "`MakeTea` (node `y`)"),
        ([tiny.node("y", "Add", ["x", "z"]), tiny.node("z", "MakeTea", ["x"])], "unsupported-operator", "`MakeTea`"),
        ([tiny.node("y", "Add", ["x", "x", "^z"]), {"name": "z", "op": "WriteFile", "input": ["a", "b"]},
          tiny.const("a", [0], 7), tiny.const("b", [0], 7)], "unsafe-model", "`WriteFile` (node `z`)"),
        ([tiny.node("y", "Add", ["x", "z"]), {"name": "z", "op": "PyFunc", "input": [], "attr": {
            "Tin": {"list": {}}, "Tout": {"list": {"type": [1]}}, "token": {"s": ""}}}], "unsafe-model", "`PyFunc`"),
        ([tiny.node("y", "ReluGrad", ["x", "x"])], "conversion", "belongs to training"),
        ([tiny.node("y", "Add", ["x", "gone"])], "corrupt-model", "a node `gone` that it does not have"),
        ([tiny.node("y", "Add", ["x", "c"]), tiny.const("c", [2])], "corrupt-model", "neither a weight nor a value"),
        ([tiny.node("y", "Add", ["x", "c"]), tiny.const("c", [2**40])], "unsafe-model", "Const `c`"),
        ([tiny.node("y", "Relu", ["x"], T={"type": 9999999999999})], "corrupt-model", "node `y` (Relu) cannot be read"),
        ([tiny.node("y", "Relu", ["x"], note={"s": [300]})], "corrupt-model", "are not character codes"),
        ([tiny.node("y", "Relu", ["x"], note={"x": 1})], "corrupt-model", "node `y` (Relu) cannot be read"),
        ([tiny.node("y", "_FusedMatMul", ["x"])], "corrupt-model", "has too few inputs"),
        ([tiny.node("y", "_FusedConv2D", ["x", "x"], fused_ops={"list": {"s": [tiny.codes("Magic")]}})],
         "unsupported-operator", "fuses `Magic`"),
    ],
)  # fmt: skip
def test_a_graph_that_cannot_or_must_not_run_is_refused(
    refusal: Ask, tmp_path: Path, nodes: list[dict[str, Any]], kind: str, message: str
) -> None:
    error = refusal(prepare(spoiled(tmp_path / "m", *nodes), Y, tmp_path / "saved"))
    assert (error["kind"], message in error["message"]) == (kind, True), error
    assert not (tmp_path / "saved").exists()


def test_the_control_inputs_of_a_constant_are_kept(result: Ask, tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path / "m")
    result(prepare(model, tiny.SCALED, tmp_path / "saved"))
    program = f"""
from tensorflow.core.protobuf import saved_model_pb2
saved = saved_model_pb2.SavedModel.FromString(open({str(tmp_path / "saved/saved_model.pb")!r}, "rb").read())
nodes = {{node.name: node for node in saved.meta_graphs[0].graph_def.node}}
print(list(nodes["factor"].input), list(nodes["shifted"].input), sorted(nodes["shifted"].attr))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "['^shifted'] ['image', 'offset'] ['T']\n"


def test_a_narrow_weight_takes_the_type_of_its_node(result: Ask, tmp_path: Path) -> None:
    nodes = [
        {
            "name": "y",
            "op": "Reshape",
            "input": ["x", "shape"],
            "attr": {"T": {"type": 1}, "Tshape": {"type": 9}},
        },
        tiny.const("shape", [2], dtype=9),
    ]
    shape = np.array([2, 1], np.int32)
    model = spoiled(tmp_path / "m", *nodes, weights=(tiny.weight("shape", shape),), data=shape.tobytes())
    declared = tiny.signature([("x", "x:0", "float32", [2])], [("y", "y:0", "float32", [2, 1])])
    result(prepare(model, declared, tmp_path / "saved"))
    answer = infer(result, tmp_path / "saved", tmp_path / "in", x=np.array([1, 2], np.float32))["y"]
    assert answer.tolist() == [[1.0], [2.0]]


def test_an_operator_that_litert_lacks_is_named(refusal: Ask, result: Ask, tmp_path: Path) -> None:
    model = spoiled(tmp_path / "m", tiny.node("y", "Digamma", ["x"]))
    result(prepare(model, Y, tmp_path / "saved"))
    error = refusal({"do": "convert", "model": str(tmp_path / "saved"), "out": str(tmp_path / "m.tflite")})
    assert error["kind"] == "unsupported-operator"
    assert "Digamma" in error["message"] and "engine: tensorflow" in error["hint"]
    assert not (tmp_path / "m.tflite").exists()


def test_a_damaged_saved_model_is_refused(refusal: Ask, tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\xff" * 50)
    assert refusal({"do": "inspect", "path": str(tmp_path)})["kind"] == "corrupt-model"
    (tmp_path / "saved_model.pb").write_bytes(b"")
    assert "holds no graph" in refusal({"do": "inspect", "path": str(tmp_path)})["message"]


def test_a_folder_that_is_not_empty_is_not_written_to(refusal: Ask, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "precious").touch()
    error = refusal(prepare(tiny.scaled(tmp_path / "m"), tiny.SCALED, tmp_path / "saved"))
    assert "is not empty" in error["message"]
    assert [p.name for p in (tmp_path / "saved").iterdir()] == ["precious"]


def test_wrong_inputs_to_infer_are_named(refusal: Ask, result: Ask, tmp_path: Path) -> None:
    result(prepare(tiny.scaled(tmp_path / "m"), tiny.SCALED, tmp_path / "saved"))
    np.save(tmp_path / "x.npy", np.zeros((1, 2), np.float32))
    request = {"do": "infer", "model": str(tmp_path / "saved"), "out": str(tmp_path / "out")}
    error = refusal({**request, "inputs": {"picture": str(tmp_path / "x.npy")}})
    assert error["message"] == "the model takes image, the request gives picture"
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert refusal({**request, "inputs": {"image": str(tmp_path / "objects.npy")}})["kind"] == "request"


def test_an_unknown_request_lists_the_known_ones(refusal: Ask) -> None:
    assert refusal({"do": "dance"})["hint"] == "one of inspect, prepare, convert, infer"


def test_the_worker_reports_an_error_and_exits_with_one(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(StageError, match=r"of no known model format") as caught:
        process.work(WORKER, {"do": "inspect", "path": str(tmp_path)})
    assert caught.value.hint == f"known formats: {', '.join(FORMATS)}"
    with pytest.raises(StageError, match=r"model\.json:1:2"):
        process.work(WORKER, {"do": "inspect", "path": str(tmp_path), "format": "tfjs-graph-model"})


def test_a_request_that_is_no_json_is_an_answer_too() -> None:
    heard: list[Any] = []
    finished = process.run(WORKER, stdin=b"hello", ok=(1,), on_event=heard.append)
    assert finished.returncode == 1
    assert json.loads(json.dumps(heard))[0]["kind"] == "request"
