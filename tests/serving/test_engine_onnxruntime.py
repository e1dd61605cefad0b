"""ONNX Runtime as an engine: small models made with the `onnx` package, answers known by arithmetic."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.serving.engines import Signature, TensorSpec, find
from maxctl.serving.engines.interface import EngineError
from maxctl.serving.engines.pool import EnginePool

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
helper = onnx.helper
FLOAT = onnx.TensorProto.FLOAT


def save(path: Path, graph: Any, domains: tuple[str, ...] = ()) -> Path:
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(domain, 1) for domain in domains)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def line(path: Path) -> Path:
    """`y = x * 2 + 1`, `same = x`; x [n, 2], where n is open."""
    rows = helper.make_tensor_value_info("x", FLOAT, ["n", 2])
    outputs = [helper.make_tensor_value_info(name, FLOAT, ["n", 2]) for name in ("y", "same")]
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["twice"]),
        helper.make_node("Add", ["twice", "one"], ["y"]),
        helper.make_node("Identity", ["x"], ["same"]),
    ]
    weights = [helper.make_tensor(name, FLOAT, [], [value]) for name, value in (("two", 2.0), ("one", 1.0))]
    return save(path, helper.make_graph(nodes, "line", [rows], outputs, weights))


def one_node(path: Path, operator: str, kind: int = FLOAT, domain: str = "") -> Path:
    ends = [helper.make_tensor_value_info(name, kind, [2]) for name in ("x", "y")]
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    return save(path, helper.make_graph([node], "g", ends[:1], ends[1:]), (domain,) if domain else ())


def engine(path: Path, threads: int = 1) -> Any:
    return find("onnxruntime").load(path, threads)


def test_names_types_and_open_dimensions_are_those_of_the_model(tmp_path: Path) -> None:
    spec = TensorSpec("float32", (None, 2))
    assert engine(line(tmp_path / "m.onnx")).signature == Signature({"x": spec}, {"y": spec, "same": spec})


@pytest.mark.parametrize("kind", ["uint8", "int32", "int64", "float64", "float16", "bool"])
def test_types_have_the_names_of_numpy(tmp_path: Path, kind: str) -> None:
    number = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    made = engine(one_node(tmp_path / "m.onnx", "Identity", number))
    assert made.signature.inputs["x"].dtype == kind
    x = np.array([1, 0], kind)
    answer = made.infer({"x": x})["y"]
    assert answer.dtype == x.dtype
    np.testing.assert_array_equal(answer, x)


def test_any_number_of_rows_is_computed_also_of_arrays_with_gaps(tmp_path: Path) -> None:
    made = engine(line(tmp_path / "m.onnx"))
    for rows in (1, 5):
        x = np.arange(rows * 4, dtype=np.float32).reshape(rows, 4)[:, ::2]
        np.testing.assert_array_equal(made.infer({"x": x})["y"], x * 2 + 1)


def test_answers_belong_to_the_caller(tmp_path: Path) -> None:
    made = engine(line(tmp_path / "m.onnx"))
    x = np.ones((1, 2), np.float32)
    first = made.infer({"x": x})
    made.infer({"x": x * 5})
    np.testing.assert_array_equal(first["y"], [[3, 3]])
    first["same"][:] = 9
    np.testing.assert_array_equal(x, [[1, 1]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"x": np.ones((1, 3), np.float32)},
        {"x": np.ones((1, 2), np.int64)},
        {"z": np.ones((1, 2), np.float32)},
        {},
    ],
)
def test_inputs_that_do_not_fit_are_the_callers_fault(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        engine(line(tmp_path / "m.onnx")).infer(wrong)


def test_one_session_answers_several_threads_at_once(tmp_path: Path) -> None:
    pool = EnginePool(find("onnxruntime"), line(tmp_path / "m.onnx"), 3)
    assert len({id(one) for one in pool.narrow}) == 1  # all share one session
    wrong: list[int] = []

    def ask(number: int) -> None:
        for _ in range(50):
            with pool.borrow() as made:
                answer = made.infer({"x": np.full((2, 2), number, np.float32)})["y"]
            if not (answer == number * 2 + 1).all():
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(("operator", "domain"), [("Wobble", "org.example"), ("Wobble", "")])
def test_an_operator_that_is_not_known_is_named(tmp_path: Path, operator: str, domain: str) -> None:
    with pytest.raises(EngineError, match=r"ONNX Runtime has no operator .*Wobble"):
        engine(one_node(tmp_path / "m.onnx", operator, domain=domain))


def test_a_known_operator_without_a_kernel_for_its_type_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"ONNX Runtime has no operator Relu"):
        engine(one_node(tmp_path / "m.onnx", "Relu", onnx.TensorProto.BFLOAT16))


def test_a_damaged_file_and_a_missing_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(line(tmp_path / "m.onnx").read_bytes()[:50])
    for name in ("bad.onnx", "none.onnx"):
        with pytest.raises(EngineError, match=name):
            engine(tmp_path / name)


def test_what_is_no_tensor_is_refused(tmp_path: Path) -> None:
    x = helper.make_tensor_value_info("x", FLOAT, [2])
    many = helper.make_tensor_sequence_value_info("many", FLOAT, [2])
    graph = helper.make_graph([helper.make_node("SequenceConstruct", ["x"], ["many"])], "g", [x], [many])
    with pytest.raises(EngineError, match=r"`many` is a seq\(tensor\(float\)\)"):
        engine(save(tmp_path / "m.onnx", graph))


@pytest.mark.parametrize("location", ["../secret", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"])
def test_weights_outside_the_folder_are_not_read_by_the_engine_either(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 64)
    (tmp_path / "model").mkdir()
    weight = onnx.TensorProto(name="w", data_type=FLOAT, dims=[2], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", "8")):
        weight.external_data.add(key=key, value=value)
    ends = [helper.make_tensor_value_info(name, FLOAT, [2]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [weight])
    with pytest.raises(EngineError):
        engine(save(tmp_path / "model" / "m.onnx", graph))


def test_the_same_input_gives_the_same_bytes_with_one_thread_and_with_two(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    kernel = onnx.numpy_helper.from_array(chance.normal(size=(16, 8, 3, 3)).astype(np.float32), "k")
    ends = [
        helper.make_tensor_value_info("x", FLOAT, [1, 8, 32, 32]),
        helper.make_tensor_value_info("y", FLOAT, [1, 16, 30, 30]),
    ]
    nodes = [helper.make_node("Conv", ["x", "k"], ["c"]), helper.make_node("Relu", ["c"], ["y"])]
    path = save(tmp_path / "m.onnx", helper.make_graph(nodes, "g", ends[:1], ends[1:], [kernel]))
    x = chance.normal(size=(1, 8, 32, 32)).astype(np.float32)
    answers = [engine(path, threads).infer({"x": x})["y"] for threads in (1, 1, 2)]
    assert len({hashlib.sha256(answer.tobytes()).hexdigest() for answer in answers}) == 1
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 3), axis=(1, 2))
    expected = np.einsum("chwij,ocij->ohw", windows, onnx.numpy_helper.to_array(kernel))
    np.testing.assert_allclose(answers[0][0], np.maximum(expected, 0), atol=1e-4)
