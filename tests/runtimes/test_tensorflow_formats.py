"""Keras, SavedModel and frozen graphs: read without running them, prepared, and asked for their framework's numbers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from maxctl.runtimes import graph_def, keras, recognise
from tests.runtimes import tiny_models as tiny
from tests.runtimes.asking import Ask, answers, convert

pytestmark = pytest.mark.slow
PICTURE = tiny.signature(
    [("image", "scaled:0", "float32", [1, 8, 8, 3])], [("scores", "scores:0", "float32", [1, 2])]
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of models that Keras and TensorFlow have just written, with what they answer."""
    folder = tmp_path_factory.mktemp("models")
    program = [sys.executable, "-m", "tests.runtimes.tensorflow_models", str(folder)]
    made = subprocess.run(program, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return folder


def prepare(model: Path, out: Path, **more: Any) -> dict[str, Any]:
    return {"do": "prepare", "model": str(model), "out": str(out), **more}


def recorded(model: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs, and what the framework answered."""
    with np.load(model.with_name(f"{model.name}.npz")) as held:
        sides = [{k.removeprefix(p): held[k] for k in held if k.startswith(p)} for p in ("in.", "out.")]
    return sides[0], sides[1]


@pytest.mark.parametrize(
    ("name", "format_"),
    [("picture.keras", "keras"), ("picture.h5", "keras"), ("old.h5", "keras"), ("first", "saved-model"),
     ("two", "saved-model"), ("exported", "saved-model"), ("picture.pb", "graph-def"), ("frozen.pb", "graph-def"),
     ("words.txt", None), ("first/saved_model.pb", "saved-model")],
)  # fmt: skip
def test_a_model_is_recognised_by_what_its_file_holds(models: Path, name: str, format_: str | None) -> None:
    assert recognise(models / name) == format_


@pytest.mark.parametrize(
    "name", ["picture.keras", "picture.h5", "old.h5", "several.keras", "sequence.keras", "exported"]
)
def test_a_model_of_keras_answers_in_tensorflow_and_onnx_runtime_as_it_does_in_keras(
    models: Path, result: Ask, tmp_path: Path, name: str
) -> None:
    inputs, expected = recorded(models / name)
    prepared = result(prepare(models / name, tmp_path / "saved"))
    assert sorted(tensor["name"] for tensor in prepared["outputs"]) == sorted(expected)
    assert {tensor["name"] for tensor in prepared["inputs"]} == set(inputs)
    convert(result, tmp_path / "saved", "onnxruntime", tmp_path / "m.onnx")
    for engine in ("saved", "m.onnx"):
        given = answers(result, tmp_path / engine, tmp_path / f"x-{engine}", **inputs)
        for key, values in expected.items():
            np.testing.assert_allclose(given[key], values, rtol=1e-4, atol=1e-5, err_msg=f"{engine} {key}")


def test_what_an_optimizer_kept_is_left_out_and_the_model_answers_as_before(
    models: Path, result: Ask, tmp_path: Path
) -> None:
    model = shutil.copytree(models / "exported", tmp_path / "trained")
    code = f"""
from tensorflow.core.protobuf import saved_model_pb2
path = {str(model / "saved_model.pb")!r}
saved = saved_model_pb2.SavedModel.FromString(open(path, "rb").read())
graph = saved.meta_graphs[0].object_graph_def
variables = [at for at, node in enumerate(graph.nodes) if node.WhichOneof("kind") == "variable"]
graph.nodes[0].slot_variables.add(
    original_variable_node_id=variables[0], slot_name="m", slot_variable_node_id=variables[1])
open(path, "wb").write(saved.SerializeToString())
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    inputs, expected = recorded(models / "exported")
    result(prepare(model, tmp_path / "saved"))
    given = answers(result, tmp_path / "saved", tmp_path / "x", **inputs)
    for key, values in expected.items():
        np.testing.assert_allclose(given[key], values, rtol=1e-4, atol=1e-5)


def test_a_model_with_a_table_of_words_keeps_it(models: Path, result: Ask, tmp_path: Path) -> None:
    result(prepare(models / "words.keras", tmp_path / "saved"))
    words = np.array([["good"], ["bad"], ["never seen"]])
    given = answers(result, tmp_path / "saved", tmp_path / "x", word=words)
    (rows,) = given.values()
    assert rows.shape == (3, 2)
    assert len({tuple(row) for row in rows.tolist()}) == 3


def test_a_frozen_graph_is_cut_after_its_decoder_and_answers_as_its_session_did(
    models: Path, result: Ask, tmp_path: Path
) -> None:
    inputs, expected = recorded(models / "picture.pb")
    prepared = result(prepare(models / "picture.pb", tmp_path / "saved", signature=PICTURE))
    assert "DecodeJpeg" not in prepared["operators"]
    convert(result, tmp_path / "saved", "onnxruntime", tmp_path / "m.onnx")
    for engine in ("saved", "m.onnx"):
        given = answers(result, tmp_path / engine, tmp_path / f"x-{engine}", **inputs)
        np.testing.assert_allclose(given["scores"], expected["scores"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "more", "key", "expected"),
    [
        ("two", {"signature_name": "scaled"}, "y", [[2.0, 6.0]]),
        ("two", {"signature_name": "summed"}, "sum", [8.0]),
        ("first", {"signature_name": "scale"}, "y", [[2.0, 6.0]]),
        ("first", {"tags": ["serve", "sum"]}, "s", [8.0]),
    ],
)
def test_the_chosen_signature_of_a_saved_model_is_the_one_that_answers(
    models: Path, result: Ask, tmp_path: Path, name: str, more: dict[str, Any], key: str, expected: Any
) -> None:
    result(prepare(models / name, tmp_path / "saved", **more))
    given = answers(result, tmp_path / "saved", tmp_path / "x", x=np.array([[1, 2]], np.float32))
    assert {name: values.tolist() for name, values in given.items()} == {key: expected}


@pytest.mark.parametrize(("name", "more"), [("table2", {}), ("first", {"signature_name": "number"})])
def test_a_table_that_is_filled_from_an_asset_of_the_model_works(
    models: Path, result: Ask, tmp_path: Path, name: str, more: dict[str, Any]
) -> None:
    result(prepare(models / name, tmp_path / "saved", **more))
    given = answers(result, tmp_path / "saved", tmp_path / "x", word=np.array(["dog", "cow"]))
    assert given["number"].tolist() == [1, -1]


@pytest.mark.parametrize(
    ("name", "more", "kind", "message", "hint"),
    [
        ("lambda.keras", {}, "unsafe-model", "the Lambda layer `twice` runs Python code", "replace it by a layer"),
        ("lambda.h5", {}, "unsafe-model", "the Lambda layer `twice` runs Python code", "replace it by a layer"),
        ("custom.keras", {}, "unsupported-operator", "layers that are not Keras's own: Scale", "model.export(FOLDER)"),
        ("custom.h5", {}, "unsupported-operator", "layers that are not Keras's own: Scale", "model.export(FOLDER)"),
        ("only.weights.h5", {}, "format", "weights without a model", "model.save("),
        ("two", {}, "format", "2 signatures and no serving_default", "scaled, summed"),
        ("two", {"signature_name": "scald"}, "format", "no signature `scald`", "scaled, summed"),
        ("first", {"tags": ["train"]}, "format", "no graph with the tags train", "[serve], [serve, sum]"),
        ("none", {}, "format", "has no signature", "signatures="),
        ("outside", {}, "unsafe-model", "InitializeTableFromTextFile", "do not use"),
        ("unfrozen.pb", {"signature": PICTURE}, "format", "is not frozen", "freeze it"),
    ],
)  # fmt: skip
def test_a_model_that_must_not_or_cannot_be_prepared_is_refused_with_what_to_do(
    models: Path,
    refusal: Ask,
    tmp_path: Path,
    name: str,
    more: dict[str, Any],
    kind: str,
    message: str,
    hint: str,
) -> None:
    error = refusal(prepare(models / name, tmp_path / "saved", **more))
    assert message in error["message"] and hint in error["hint"], error
    assert error["kind"].removeprefix("model-") == kind, error
    assert not (tmp_path / "saved").exists()


def changed(model: Path, to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a .keras file with another configuration."""
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(to, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == keras.CONFIG:
                config = json.loads(data)
                change(config)
                data = json.dumps(config).encode()
            new.writestr(member, data)
    return to


def test_a_module_outside_keras_is_told_and_refused(
    models: Path, result: Ask, refusal: Ask, tmp_path: Path
) -> None:
    def change(config: dict[str, Any]) -> None:
        config["config"]["layers"][1].update(module="antigravity", class_name="geohash", registered_name=None)

    model = changed(models / "picture.keras", tmp_path / "m.keras", change)
    described = result({"do": "inspect", "path": str(model)})
    assert "antigravity.geohash" in described["unsafe_operators"]
    error = refusal(prepare(model, tmp_path / "saved"))
    assert error["kind"] == "unsafe-model"
    assert "imports antigravity.geohash, which is not part of Keras" in error["message"]


def test_inspect_tells_of_a_lambda_layer_and_imports_no_keras(models: Path) -> None:
    program = f"""
import json, sys
from pathlib import Path
from maxctl.runtimes import keras
told = keras.inspect(Path({str(models / "lambda.keras")!r})).to_json()
print(json.dumps([told["unsafe_operators"], "keras" in sys.modules, "tensorflow" in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [["Lambda"], False, False]


@pytest.mark.parametrize("name", ["picture.keras", "picture.h5"])
def test_inspect_tells_signature_layers_and_parameters_of_a_keras_model(
    models: Path, result: Ask, name: str
) -> None:
    described = result({"do": "inspect", "path": str(models / name)})
    assert described["inputs"] == [{"name": "picture", "dtype": "float32", "shape": [None, 8, 8, 3]}]
    assert described["outputs"] == [{"name": "scores", "dtype": "float32", "shape": [None, 3]}]
    assert described["operators"]["Conv2D"] == 1
    assert described["parameters"] == (27 * 2 + 2) + 4 * 2 + (2 * 3 + 3)
    assert described["unsafe_operators"] == []
    assert described["metadata"]["keras_version"]


def test_inspect_lists_every_signature_of_a_saved_model(models: Path, result: Ask) -> None:
    described = result({"do": "inspect", "path": str(models / "first")})
    told = {(one["name"], tuple(one["tags"])) for one in described["signatures"]}
    assert told == {
        ("scale", ("serve",)), ("sum", ("serve",)), ("number", ("serve",)), ("serving_default", ("serve", "sum")),
    }  # fmt: skip


def test_inspect_tells_the_ends_of_a_frozen_graph(models: Path, result: Ask) -> None:
    described = result({"do": "inspect", "path": str(models / "picture.pb")})
    assert described["inputs"] == [{"name": "encoded:0", "dtype": "string", "shape": []}]
    assert [(one["name"], one["dtype"]) for one in described["outputs"]] == [("scores:0", "float32")]
    assert described["parameters"] >= 3 * 3 * 3 * 2


def test_a_cut_off_file_is_corrupt(models: Path, refusal: Ask, tmp_path: Path) -> None:
    for name in ("picture.keras", "picture.h5", "picture.pb"):
        data = (models / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        format_ = graph_def.NAME if name.endswith(".pb") else keras.NAME
        error = refusal({"do": "inspect", "path": str(tmp_path / name), "format": format_})
        assert error["kind"] == "corrupt-model", (name, error)
        assert "\n" not in error["message"], error


def test_a_zip_bomb_is_refused_before_it_is_unpacked(refusal: Ask, models: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.keras"
    shutil.copy(models / "picture.keras", model)
    with (
        zipfile.ZipFile(model, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("assets/zeros", "w") as zeros,
    ):
        for _ in range(257):
            zeros.write(bytes(1024**2))
    error = refusal({"do": "inspect", "path": str(model)})
    assert error["kind"] == "unsafe-model"
    assert "assets/zeros in m.keras unpacks to" in error["message"]


def test_weights_that_stand_in_another_file_are_refused(refusal: Ask, models: Path, tmp_path: Path) -> None:
    import h5py  # type: ignore[import-untyped]

    model = tmp_path / "m.h5"
    shutil.copy(models / "picture.h5", model)
    with h5py.File(model, "a") as file:
        file["model_weights/more"] = h5py.ExternalLink("/etc/passwd", "/")
    error = refusal(prepare(model, tmp_path / "saved"))
    assert error["kind"] == "unsafe-model"
    assert "`model_weights/more` in m.h5 stands in another file, `/etc/passwd`" in error["message"]


def test_a_draft_names_the_signature_where_none_is_the_usual_one(models: Path, tmp_path: Path) -> None:
    drafted = subprocess.run(
        [sys.executable, "-m", "maxctl", "inspect", str(models / "two"), "--draft", "--write", "-"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    chosen = yaml.safe_load(drafted)["preparation"]["signature"]
    told = subprocess.run(
        [sys.executable, "-m", "maxctl", "inspect", str(models / "two")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert f"signatures: {chosen} (" in told
    assert "needs: TensorFlow" in told
