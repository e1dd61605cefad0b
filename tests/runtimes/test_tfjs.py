"""TF.js graph models: recognised, described and refused from files alone, without TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.runtimes import FORMATS, known, recognise, tfjs
from maxctl.runtimes.interface import CorruptModelError, ModelFormatError, UnsafeModelError
from tests.runtimes import tiny_models as tiny


def test_a_graph_model_is_recognised_by_content_and_by_folder(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path / "m")
    assert recognise(model) == "tfjs-graph-model"
    assert recognise(model.parent) == "tfjs-graph-model"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"modelTopology": {"model_config": {}}, "weightsManifest": []}',
        '{"name": "package"}',
        "[" * 100_000,
    ],
)
def test_other_json_is_not_a_graph_model(tmp_path: Path, content: str) -> None:
    assert recognise(tiny.write(tmp_path, content)) is None


def test_an_unknown_file_is_refused_with_the_known_formats(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\0" * 64)
    with pytest.raises(ModelFormatError) as caught:
        known(tmp_path / "model.bin")
    assert caught.value.hint == f"known formats: {', '.join(FORMATS)}"


def test_recognising_and_describing_import_no_framework(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path / "m")
    program = f"""
import sys
from pathlib import Path
import maxctl.runtimes.litert, maxctl.runtimes.saved_model, maxctl.runtimes.worker
from maxctl.runtimes import recognise, tfjs
assert recognise(Path({str(model)!r})) and tfjs.inspect(Path({str(model)!r}))
print([name for name in ("tensorflow", "numpy", "ai_edge_litert", "google.protobuf") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_description_counts_and_names_what_model_json_says(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path)
    description = tfjs.inspect(model).to_json()
    assert description["inputs"] == [{"name": "raw:0", "dtype": "uint8", "shape": [1, None]}]
    assert [tensor["name"] for tensor in description["outputs"]] == ["boxed:0", "unused:0"]
    assert description["operators"] == {
        "Add": 1,
        "Cast": 1,
        "Const": 3,
        "ExpandDims": 1,
        "Mul": 1,
        "Placeholder": 1,
        "Relu": 1,
    }
    assert description["parameters"] == 4
    assert description["size_bytes"] == model.stat().st_size + 20


def test_a_signature_in_model_json_wins_over_guessing(tmp_path: Path) -> None:
    info = {"name": "y:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "-1"}, {"size": "3"}]}}
    content = tiny.document([tiny.placeholder("x", [1, 3])], signature={"inputs": {}, "outputs": {"y": info}})
    description = tfjs.inspect(tiny.write(tmp_path, content))
    assert [tensor.to_json() for tensor in description.outputs] == [
        {"name": "y:0", "dtype": "float32", "shape": [None, 3]}
    ]


def test_licence_strings_in_the_metadata_are_shown(tmp_path: Path) -> None:
    content = tiny.document([], userDefinedMetadata={"licence": "CC BY-NC 4.0"}, generatedBy="2.1.0")
    description = tfjs.inspect(tiny.write(tmp_path, content))
    assert description.licenses == ('userDefinedMetadata: {"licence": "CC BY-NC 4.0"}',)


def test_operators_that_reach_out_are_named(tmp_path: Path) -> None:
    content = tiny.document(
        [tiny.node("steal", "ReadFile", []), tiny.node("keep", "SaveV2", []), tiny.node("y", "Relu", [])]
    )
    assert tfjs.inspect(tiny.write(tmp_path, content)).unsafe_operators == ("ReadFile", "SaveV2")


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "a/../../x", "..\\x", "https://example.org/shard", "file\0name"],
)
def test_a_shard_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    content = tiny.document([])
    content["weightsManifest"][0]["paths"] = [path]
    with pytest.raises(UnsafeModelError, match=r"the path `.*` leaves the model's folder"):
        tfjs.inspect(tiny.write(tmp_path / "m", content))


def test_a_shard_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path / "m")
    (tmp_path / "secret").write_bytes((model.parent / "group1-shard1of2").read_bytes())
    (model.parent / "group1-shard1of2").unlink()
    (model.parent / "group1-shard1of2").symlink_to("../secret")
    with pytest.raises(UnsafeModelError, match="is a link that leaves"):
        tfjs.inspect(model)


def test_shards_of_the_wrong_size_are_named_with_their_sizes(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path)
    with (tmp_path / "group1-shard2of2").open("ab") as shard:
        shard.write(b"!")
    with pytest.raises(CorruptModelError) as caught:
        tfjs.inspect(model)
    assert "the weights need 20 bytes, the shards hold 21 (group1-shard1of2 11, group1-shard2of2 10)" in str(
        caught.value
    )


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    model = tiny.scaled(tmp_path)
    (tmp_path / "group1-shard2of2").unlink()
    with pytest.raises(CorruptModelError, match="the shard `group1-shard2of2` is not there"):
        tfjs.inspect(model)


def test_broken_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(CorruptModelError, match=r"^model\.json:2:19: Expecting value"):
        tfjs.inspect(tiny.write(tmp_path, '{"format": "graph-model",\n "modelTopology": ]}'))


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ([10**12], "more than"), ([2**20, 2**20], "more than"), ([-1], "not the size of a dimension"),
        ([1.5], "not the size of a dimension"), ([True], "not the size of a dimension"), ("4", "is not a shape"),
        ([1] * 9, "9 dimensions"), ([0, 10**12], "more than"),
    ],
)  # fmt: skip
def test_an_absurd_shape_is_refused_before_anything_is_allocated(
    tmp_path: Path, shape: Any, why: str
) -> None:
    content = tiny.document([], [{"name": "w", "dtype": "float32", "shape": shape}])
    with pytest.raises(UnsafeModelError, match=why):
        tfjs.inspect(tiny.write(tmp_path, content))


def nodes_of(content: Any) -> list[Any]:
    nodes: list[Any] = content["modelTopology"]["node"]
    return nodes


def weights_of(content: Any) -> list[Any]:
    weights: list[Any] = content["weightsManifest"][0]["weights"]
    return weights


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda d: d["modelTopology"].pop("node"), "has no modelTopology.node"),
        (lambda d: d.pop("weightsManifest"), "has no weightsManifest"),
        (lambda d: nodes_of(d).append({"op": "Relu"}), "node 1 has no name"),
        (lambda d: nodes_of(d).append(tiny.placeholder("x", [])), "two nodes are named `x`"),
        (lambda d: nodes_of(d).append({"name": "y", "op": "Relu", "input": [1]}), "inputs of node `y`"),
        (lambda d: nodes_of(d).append({"name": "y", "op": "Relu", "attr": {"T": 1}}), "attributes of node `y`"),
        (lambda d: weights_of(d).append({"name": "w", "dtype": "object", "shape": []}), "unknown dtype"),
        (lambda d: weights_of(d).append(
            {"name": "w", "dtype": "float32", "shape": [], "quantization": {"dtype": "uint8"}}),
         "without scale and min"),
        (lambda d: weights_of(d).append(
            {"name": "w", "dtype": "float32", "shape": [], "quantization": {"dtype": "int4"}}), "cannot be quantised"),
        (lambda d: d["weightsManifest"].append(7), "group 2 of weightsManifest needs"),
    ],
)  # fmt: skip
def test_what_model_json_lacks_is_named(tmp_path: Path, spoil: Callable[[Any], Any], why: str) -> None:
    content = tiny.document([tiny.placeholder("x", [1])])
    spoil(content)
    with pytest.raises(CorruptModelError, match=why):
        tfjs.inspect(tiny.write(tmp_path, content))


def test_a_layers_model_is_told_apart(tmp_path: Path) -> None:
    content = {"modelTopology": {"model_config": {}}, "weightsManifest": []}
    with pytest.raises(ModelFormatError, match=r"is a TF\.js layers model"):
        tfjs.inspect(tiny.write(tmp_path, content))


def test_quantised_weights_come_back_in_their_declared_type(tmp_path: Path) -> None:
    stored: dict[str, tuple[np.ndarray[Any, Any], str, Any]] = {
        "bytes": (
            np.array([0, 128, 255], np.uint8),
            "float32",
            {"dtype": "uint8", "scale": 0.5, "min": -1.0},
        ),
        "shorts": (
            np.array([0, 65535], np.uint16),
            "float32",
            {"dtype": "uint16", "scale": 0.25, "min": 2.0},
        ),
        "halves": (np.array([1.5, -2.0], np.float16), "float32", {"dtype": "float16"}),
        "counts": (np.array([3, 4], np.uint8), "int32", {"dtype": "uint8", "scale": 2.0, "min": 1.0}),
        "flags": (np.array([True, False]), "bool", None),
    }
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": dtype, **({"quantization": q} if q else {})}
        for name, (array, dtype, q) in stored.items()
    ]
    data = b"".join(array.tobytes() for array, _, _ in stored.values())
    arrays = tfjs.weights(tfjs.read(tiny.write(tmp_path, tiny.document([], weights), data)))
    assert {name: (str(a.dtype), a.tolist()) for name, a in arrays.items()} == {
        "bytes": ("float32", [-1.0, 63.0, 126.5]),
        "shorts": ("float32", [2.0, 16385.75]),
        "halves": ("float32", [1.5, -2.0]),
        "counts": ("int32", [7, 9]),
        "flags": ("bool", [True, False]),
    }


def test_string_weights_carry_their_lengths(tmp_path: Path) -> None:
    data = b"".join(len(text).to_bytes(4, "little") + text for text in (b"cat", b"", b"dog"))
    content = tiny.document([], [{"name": "s", "shape": [3], "dtype": "string"}])
    arrays = tfjs.weights(tfjs.read(tiny.write(tmp_path, content, data)))
    assert arrays["s"].tolist() == [b"cat", b"", b"dog"]


@pytest.mark.parametrize("data", [b"\xff\xff\xff\x7fcat", b"\x03\0\0\0catextra", b"\x03"])
def test_string_weights_that_run_over_the_end_are_refused(tmp_path: Path, data: bytes) -> None:
    content = tiny.document([], [{"name": "s", "shape": [1], "dtype": "string"}])
    with pytest.raises(CorruptModelError):
        tfjs.weights(tfjs.read(tiny.write(tmp_path, content, data)))


def test_json_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    text = json.dumps(tiny.document([])).replace("[]", "NaN", 1)
    with pytest.raises(CorruptModelError, match="NaN"):
        tfjs.inspect(tiny.write(tmp_path, text))
