"""OpenVINO as an engine: small nets made with its own operators, answers known by arithmetic."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.serving.engines import Signature, TensorSpec, find
from maxctl.serving.engines.interface import EngineError
from maxctl.serving.engines.openvino import runtime
from maxctl.serving.engines.pool import EnginePool

try:
    ov = runtime()
except ImportError:
    pytest.skip("OpenVINO is not installed", allow_module_level=True)
ops = ov.opset13


def save(folder: Path, results: list[Any], parameters: list[Any]) -> Path:
    ov.save_model(ov.Model(results, parameters, "net"), str(folder / "model.xml"), compress_to_fp16=False)
    return folder


def named(node: Any, *names: str) -> Any:
    node.output(0).get_tensor().set_names(set(names))
    return node


def line(folder: Path) -> Path:
    """`y = x * 2 + 1`, `same = x + 0`; x [n, 2], where n is open."""
    x = named(ops.parameter([-1, 2], np.float32, name="x"), "x", "x:0")
    y = named(ops.add(ops.multiply(x, np.float32(2)), np.float32(1)), "y")
    same = named(ops.add(x, np.float32(0)), "same")
    return save(folder, [ops.result(y), ops.result(same)], [x])


def engine(path: Path, threads: int = 1) -> Any:
    return find("openvino").load(path, threads)


def test_names_types_and_open_dimensions_are_those_of_the_model(tmp_path: Path) -> None:
    spec = TensorSpec("float32", (None, 2))
    expected = Signature({"x": spec}, {"y": spec, "same": spec})
    assert engine(line(tmp_path)).signature == expected
    assert engine(tmp_path / "model.xml").signature == expected


@pytest.mark.parametrize("version", ["10", "11"])
def test_tensors_without_names_are_called_as_their_nodes(tmp_path: Path, version: str) -> None:
    x = ops.parameter([2], np.float32, name="first")
    xml = save(tmp_path, [ops.result(ops.relu(x, name="last"), name="end")], [x]) / "model.xml"
    bare = re.sub(r' (output_)?names="[^"]*"', "", xml.read_text()).replace(
        'version="11"', f'version="{version}"'
    )
    xml.write_text(bare)
    made = engine(tmp_path)
    assert (list(made.signature.inputs), list(made.signature.outputs)) == (["first"], ["last"])
    assert made.infer({"first": np.array([-1, 2], np.float32)})["last"].tolist() == [0, 2]


@pytest.mark.parametrize("kind", ["uint8", "int32", "int64", "float64", "float16", "bool"])
def test_types_have_the_names_of_numpy(tmp_path: Path, kind: str) -> None:
    x = named(ops.parameter([2], np.dtype(kind)), "x")
    y = named(ops.reshape(x, np.array([2, 1]), special_zero=False), "y")
    made = engine(save(tmp_path, [ops.result(y)], [x]))
    assert made.signature.inputs["x"].dtype == kind
    answer = made.infer({"x": np.array([1, 0], kind)})["y"]
    assert answer.dtype == np.dtype(kind)
    np.testing.assert_array_equal(answer, [[1], [0]])


def test_a_scalar_goes_in_and_out(tmp_path: Path) -> None:
    x = named(ops.parameter([], np.int64), "x")
    made = engine(save(tmp_path, [ops.result(named(ops.add(x, np.int64(1)), "y"))], [x]))
    assert made.infer({"x": np.array(16000)})["y"] == 16001


def test_any_number_of_rows_is_computed_also_of_arrays_with_gaps_or_for_reading_only(tmp_path: Path) -> None:
    made = engine(line(tmp_path))
    for rows in (1, 5, 2):
        x = np.arange(rows * 4, dtype=np.float32).reshape(rows, 4)[:, ::2]
        np.testing.assert_array_equal(made.infer({"x": x})["y"], x * 2 + 1)
    fixed = np.frombuffer(np.ones(2, np.float32).tobytes(), np.float32).reshape(1, 2)
    np.testing.assert_array_equal(made.infer({"x": fixed})["y"], [[3, 3]])


def test_answers_belong_to_the_caller_and_inputs_stay_as_they_are(tmp_path: Path) -> None:
    made = engine(line(tmp_path))
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
    made = engine(line(tmp_path))
    with pytest.raises(ValueError):
        made.infer(wrong)
    np.testing.assert_array_equal(made.infer({"x": np.ones((1, 2), np.float32)})["y"], [[3, 3]])


def test_every_engine_of_a_pool_has_its_own_request(tmp_path: Path) -> None:
    pool = EnginePool(find("openvino"), line(tmp_path), 2)
    assert len({id(one) for one in pool.narrow}) == 2
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


def test_the_precision_is_float32_whatever_the_cpu_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    compile_model: Callable[..., Any] = ov.Core.compile_model

    def spy(self: Any, *arguments: Any) -> Any:
        compiled = compile_model(self, *arguments)
        for key in ("INFERENCE_PRECISION_HINT", "NUM_STREAMS", "INFERENCE_NUM_THREADS", "ENABLE_CPU_PINNING"):
            seen[key] = compiled.get_property(key)
        return compiled

    monkeypatch.setattr(ov.Core, "compile_model", spy)
    engine(line(tmp_path), threads=2)
    assert seen == {
        "INFERENCE_PRECISION_HINT": ov.Type.f32,
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": 2,
        "ENABLE_CPU_PINNING": False,
    }


def test_float32_is_not_rounded_on_the_way(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    weights = chance.normal(size=(64, 32)).astype(np.float32)
    x = named(ops.parameter([1, 64], np.float32), "x")
    made = engine(save(tmp_path, [ops.result(named(ops.matmul(x, weights, False, False), "y"))], [x]))
    given = chance.normal(size=(1, 64)).astype(np.float32)
    exact = given.astype(np.float64) @ weights
    np.testing.assert_allclose(made.infer({"x": given})["y"], exact, atol=1e-5)  # bfloat16 is off by .1


def test_an_operator_that_is_not_known_is_named(tmp_path: Path) -> None:
    xml = line(tmp_path) / "model.xml"
    text = xml.read_text()
    xml.write_text(text.replace('type="Multiply" version="opset1"', 'type="Wobble" version="extension"'))
    assert xml.read_text() != text
    with pytest.raises(EngineError, match="Wobble"):
        engine(tmp_path)


def test_a_damaged_file_missing_weights_and_two_models_are_told(tmp_path: Path) -> None:
    xml = line(tmp_path) / "model.xml"
    for path in (tmp_path / "none.xml", tmp_path / "none"):
        with pytest.raises(EngineError, match="no such file"):
            engine(path)
    (tmp_path / "bad.xml").write_bytes(xml.read_bytes()[:300])
    with pytest.raises(EngineError, match=r"bad\.xml: OpenVINO cannot load it"):
        engine(tmp_path / "bad.xml")
    with pytest.raises(EngineError, match=r"needs one \.xml file, and has 2"):
        engine(tmp_path)
    (tmp_path / "model.bin").unlink()
    with pytest.raises(EngineError, match=r"model\.xml"):
        engine(xml)


def test_importing_it_reports_nothing_to_its_maker() -> None:
    program = (
        "import sys\n"
        "from maxctl.serving.engines.openvino import runtime\n"
        "assert runtime() is runtime()\n"
        "loaded = [name for name in sys.modules if 'telemetry' in name or name.startswith('openvino.tools')]\n"
        "assert loaded in ([], ['openvino.tools']), loaded\n"
        "for name in ('openvino_telemetry', 'openvino.tools.ovc'):\n"
        "    assert name not in sys.modules, name\n"  # hidden for the import only
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
