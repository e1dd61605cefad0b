"""ONNX files: described from their fields, hostile ones refused by name, SavedModels converted into them."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.runtimes import onnx, recognise
from maxctl.runtimes.interface import CorruptModelError, ModelFormatError, UnsafeModelError
from tests.runtimes import tiny_models as tiny
from tests.runtimes.metadata.samples import message, pair, saved_model, varint

Ask = Callable[[dict[str, Any]], dict[str, Any]]
FLOAT, INT64, STRING = 1, 7, 8


def tensor(name: str, dims: list[int], data: bytes | None = None, kind: int = FLOAT, **outside: str) -> bytes:
    fields: list[tuple[int, bytes | str | int]] = [(1, size % 2**64) for size in dims]
    fields += [(2, kind), (8, name)]
    fields += [(9, data)] if data is not None else []
    fields += [(13, pair(key, value)) for key, value in outside.items()]
    return message(*fields, *([(14, 1)] if outside else []))


def end(name: str, *dims: int | str | None, kind: int = FLOAT) -> bytes:
    sizes = [
        message((2, size))
        if isinstance(size, str)
        else message((1, size % 2**64))
        if size is not None
        else b""
        for size in dims
    ]
    shape = message(*((1, size) for size in sizes))
    return message((1, name), (2, message((1, message((1, kind), (2, shape))))))


def node(operator: str, domain: str = "", *attributes: bytes) -> bytes:
    return message((1, "x"), (2, "y"), (4, operator), *((5, part) for part in attributes), (7, domain))


def graph(*nodes: bytes, weights: tuple[bytes, ...] = (), more: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    return message(
        *((1, one) for one in nodes), (2, "g"), *((5, one) for one in weights), (10, "Copyright 2024 Ada"),
        (11, end("x", "n", 3, None, -1)), (12, end("y", 1)), *more,
    )  # fmt: skip


def model(inner: bytes, *more: tuple[int, bytes | str | int]) -> bytes:
    return message(
        (1, 8), (2, "by hand"), (6, "Finds cats."), (7, inner), (8, message((1, ""), (2, 17))),
        (8, message((1, "org.example"), (2, 1))), (14, pair("license", "CC-BY-NC-4.0")), *more,
    )  # fmt: skip


def written(path: Path, *content: Any, **parts: Any) -> Path:
    path.write_bytes(model(graph(*content, **parts)))
    return path


def test_a_model_is_described_from_its_fields(tmp_path: Path) -> None:
    weights = (tensor("w", [2, 3], bytes(24)), tensor("shape", [2], bytes(16), INT64))
    constant = message((1, "value"), (5, tensor("", [5], bytes(20))))
    path = written(
        tmp_path / "m.onnx", node("Relu"), node("Relu", "ai.onnx"), node("Constant", "", constant),
        node("FusedConv", "com.microsoft"), node("Wobble", "org.example"), weights=weights,
    )  # fmt: skip
    assert recognise(path) == "onnx"
    assert onnx.inspect(path).to_json() == {
        "format": "onnx",
        "inputs": [{"name": "x", "dtype": "float32", "shape": [None, 3, None, None]}],
        "outputs": [{"name": "y", "dtype": "float32", "shape": [1]}],
        "operators": {"Constant": 1, "Relu": 2, "com.microsoft.FusedConv": 1, "org.example.Wobble": 1},
        "parameters": 11,
        "size_bytes": path.stat().st_size,
        "metadata": {
            "producer_name": "by hand",
            "doc_string": "Finds cats.",
            "license": "CC-BY-NC-4.0",
            "opset": "ai.onnx 17, org.example 1",
            "custom_operators": "org.example.Wobble",
        },
        "licenses": ["CC-BY-NC-4.0", "Copyright 2024 Ada"],
        "unsafe_operators": [],
        "signatures": [],
    }


def test_weights_listed_as_inputs_are_none(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx", node("Relu"), weights=(tensor("w", [1], bytes(4)),), more=((11, end("w", 1)),)
    )
    assert [one.name for one in onnx.inspect(path).inputs] == ["x"]


def test_a_model_of_a_package_is_read_as_the_package_reads_it(tmp_path: Path) -> None:
    package = pytest.importorskip("onnx")
    helper = package.helper
    kinds = [number for number in package.TensorProto.DataType.values() if number]
    inputs = [helper.make_tensor_value_info(f"x{kind}", kind, [kind, "open"]) for kind in kinds]
    flag = helper.make_tensor_value_info("flag", package.TensorProto.BOOL, [])
    free = helper.make_tensor_value_info("free", FLOAT, None)
    many = helper.make_tensor_sequence_value_info("many", FLOAT, [2])
    out = helper.make_tensor_value_info("out", FLOAT, None)
    weight = package.numpy_helper.from_array(np.ones((4, 2), np.float32), "w")
    bodies = [
        helper.make_graph([helper.make_node(op, ["w"], ["b"])], op, [], [out], [weight])
        for op in ("Relu", "Abs")
    ]
    top = helper.make_graph(
        [helper.make_node("If", ["flag"], ["c"], then_branch=bodies[0], else_branch=bodies[1]),
         helper.make_node("Twice", ["c"], ["out"], domain="own")],
        "top", [flag, free, many, *inputs], [out],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    twice = helper.make_function(
        "own", "Twice", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], opsets
    )
    path = tmp_path / "m.onnx"
    package.save(helper.make_model(top, opset_imports=opsets, functions=[twice]), path)
    found = onnx.inspect(path)
    assert found.operators == {"Abs": 1, "If": 1, "Neg": 1, "Relu": 1, "own.Twice": 1}
    assert (found.parameters, found.metadata.get("custom_operators")) == (16, None)
    described = {one.name: (one.dtype, one.shape) for one in found.inputs}
    assert described.pop("flag") == ("bool", ())
    assert described.pop("free") == ("float32", None)
    assert described.pop("many") == ("sequence", None)
    for kind in kinds:
        name = "string" if kind == STRING else helper.tensor_dtype_to_np_dtype(kind).name
        assert described[f"x{kind}"] == (name, (kind, None))


def with_data(folder: Path, **outside: str) -> Path:
    folder.mkdir(exist_ok=True)
    return written(folder / "m.onnx", node("Add"), weights=(tensor("w", [2], **outside),))


def test_weights_in_a_file_beside_the_model_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/w.bin").write_bytes(bytes(12))
    path = with_data(tmp_path, location="weights/w.bin", offset="4", length="8")
    found = onnx.inspect(path)
    assert (found.parameters, found.metadata["external_data"], found.unsafe_operators) == (
        2,
        "weights/w.bin",
        (),
    )
    assert found.size_bytes == path.stat().st_size + 12
    (tmp_path / "weights/w.bin").write_bytes(bytes(11))
    with pytest.raises(CorruptModelError, match=r"weights/w.bin has 11 bytes, m.onnx needs 12"):
        onnx.inspect(path)
    (tmp_path / "weights/w.bin").unlink()
    with pytest.raises(CorruptModelError, match=r"weights/w.bin, which is not there"):
        onnx.inspect(path)


@pytest.mark.parametrize(
    "location",
    [
        "../w",
        "/etc/hostname",
        "deeper/../../w",
        "..\\w",
        "C:w",
        "*/_ORT_MEM_ADDR_/*",
        "",
        "link",
        "round",
        "w\0",
    ],
)
def test_weights_elsewhere_make_a_model_unsafe(tmp_path: Path, location: str) -> None:
    (tmp_path / "w").write_bytes(bytes(8))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "w")
    (folder / "round").symlink_to(folder / "round")
    (unsafe,) = onnx.inspect(with_data(folder, location=location)).unsafe_operators
    assert unsafe == f"external data at {location}"


@pytest.mark.parametrize("offset", ["-4", "0x10", "4.0", "9" * 25, "٣"])
def test_an_offset_that_is_no_number_is_damage(tmp_path: Path, offset: str) -> None:
    (tmp_path / "w").write_bytes(bytes(8))
    with pytest.raises(CorruptModelError, match="the offset"):
        onnx.inspect(with_data(tmp_path, location="w", offset=offset))


@pytest.mark.parametrize(
    ("weight", "error"),
    [
        (tensor("w", [3], bytes(8)), CorruptModelError),
        (tensor("w", [-1], bytes(4)), UnsafeModelError),
        (tensor("w", [1] * 9, bytes(4)), UnsafeModelError),
        (tensor("w", [2**20, 2**20]), UnsafeModelError),
        (tensor("w", [1], bytes(4), 99), CorruptModelError),
        (message((1, b"\1" * 300), (2, 1)), UnsafeModelError),
        (message((1, b"\3\1"), (2, 1), (8, "w"), (9, bytes(13))), CorruptModelError),
    ],
)
def test_a_tensor_that_cannot_be_is_refused(tmp_path: Path, weight: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        onnx.inspect(written(tmp_path / "m.onnx", node("Add"), weights=(weight,)))


def test_a_packed_shape_is_read_like_a_plain_one(tmp_path: Path) -> None:
    packed = message((1, varint(3) + varint(200)), (2, 1), (8, "w"), (9, bytes(2400)))
    assert onnx.inspect(written(tmp_path / "m.onnx", node("Add"), weights=(packed,))).parameters == 600


def test_graphs_nested_a_thousand_deep_are_walked_without_recursion(tmp_path: Path) -> None:
    inner = graph(node("Relu"))
    for _ in range(1000):
        inner = message((1, node("If", "", message((1, "then_branch"), (6, inner)))))
    (tmp_path / "m.onnx").write_bytes(model(inner))
    assert onnx.inspect(tmp_path / "m.onnx").operators == {"If": 1000, "Relu": 1}


def test_a_file_of_nothing_but_parts_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "MAX_FIELDS", 1000)
    path = written(tmp_path / "m.onnx", *[node("Relu")] * 300)
    with pytest.raises(UnsafeModelError, match="more than 1000 parts"):
        onnx.inspect(path)


def test_names_without_end_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CorruptModelError, match="a name in the model has 70000 bytes"):
        onnx.inspect(written(tmp_path / "m.onnx", node("R" * 70_000)))
    monkeypatch.setattr(onnx, "MAX_TEXT", 1000)
    with pytest.raises(UnsafeModelError, match="names"):
        onnx.inspect(written(tmp_path / "m.onnx", *[node("Relu")] * 300))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS pointer"),
        (b"\x89PNG\r\n\x1a\n", "is damaged"),
        (message((1, 8), (2, "nobody")), "holds no graph"),
        (model(graph(message((1, "x")))), "names no operator"),
    ],
)
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes, match: str) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(CorruptModelError, match=match):
        onnx.inspect(tmp_path / "m.onnx")


def test_a_model_is_recognised_by_its_fields_where_its_name_says_nothing(tmp_path: Path) -> None:
    assert recognise(written(tmp_path / "weights.bin", node("Relu"))) == "onnx"
    for name, content in (
        ("a.pb", saved_model()),
        ("b.bin", b""),
        ("c.txt", b"hello"),
        ("d.bin", bytes(100)),
    ):
        (tmp_path / name).write_bytes(content)
        assert recognise(tmp_path / name) is None, name


def sound(path: Path) -> bytes:
    (path.parent / "w").write_bytes(bytes(8))
    inner = graph(node("Relu"), node("If", "", message((1, "t"), (6, graph(node("Abs"))))))
    weights = (tensor("w", [2, 3], bytes(24)), tensor("v", [2], location="w", offset="0", length="8"))
    return model(graph(node("Relu"), node("If", "", message((1, "t"), (6, inner))), weights=weights))


def test_a_file_that_is_cut_anywhere_is_refused_or_described(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    good = sound(path)
    path.write_bytes(good)
    onnx.inspect(path)
    refused = 0
    for length in range(len(good)):
        path.write_bytes(good[:length])
        try:
            onnx.inspect(path)
        except ModelFormatError:
            refused += 1
    assert refused > len(good) * 0.9  # what is cut after the graph lacks its texts only


def test_bytes_turned_over_never_raise_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    good = sound(path)
    chance = random.Random(7)
    refused = 0
    for _ in range(400):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        path.write_bytes(bad)
        try:
            onnx.inspect(path).to_json()
        except ModelFormatError:
            refused += 1
        recognise(path)
    assert refused > 80


def test_inspection_imports_neither_the_package_nor_numpy(tmp_path: Path) -> None:
    path = written(tmp_path / "m.onnx", node("Relu"))
    program = (
        "import sys; from pathlib import Path; from maxctl.runtimes import format_named\n"
        f"format_named('onnx').inspect(Path({str(path)!r}))\n"
        "assert not {'onnx', 'onnxruntime', 'numpy', 'google.protobuf'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


def test_a_large_file_of_weights_is_not_read(tmp_path: Path) -> None:
    head = message((1, 8), (8, message((2, 17))))
    weight = message((1, 2**28), (2, FLOAT), (8, "w"))
    raw = varint(9 << 3 | 2) + varint(2**30)
    inner = (
        message((1, node("Relu")))
        + varint(5 << 3 | 2)
        + varint(len(weight) + len(raw) + 2**30)
        + weight
        + raw
    )
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.write(head + varint(7 << 3 | 2) + varint(len(inner) + 2**30) + inner)
        file.truncate(file.tell() + 2**30)  # a hole: no bytes on the disk
    assert path.stat().st_blocks < 100
    assert onnx.inspect(path).parameters == 2**28


# conversion, in a child process that holds TensorFlow


def prepared(result: Ask, path: Path, out: Path, signature: dict[str, Any]) -> Path:
    result({"do": "prepare", "model": str(path), "signature": signature, "out": str(out)})
    return out


@pytest.mark.slow
def test_a_saved_model_becomes_onnx_with_its_names_and_answers_and_always_the_same_bytes(
    result: Ask, tmp_path: Path
) -> None:
    pytest.importorskip("tf2onnx")
    saved = prepared(result, tiny.fused(tmp_path / "m"), tmp_path / "saved", tiny.FUSED)
    digests = set()
    for name in ("a.onnx", "b.onnx"):
        request = {"do": "convert", "to": "onnxruntime", "model": str(saved), "out": str(tmp_path / name)}
        found = result(request)
        assert found["format"] == "onnx"
        assert found["inputs"] == [{"name": "x", "dtype": "float32", "shape": [1, 4, 4, 2]}]
        assert [one["name"] for one in found["outputs"]] == ["y"]
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    x = np.linspace(-4, 9, 32, dtype=np.float32).reshape(1, 4, 4, 2)
    np.save(tmp_path / "x.npy", x)
    request = {"do": "infer", "model": str(tmp_path / "a.onnx"), "inputs": {"x": str(tmp_path / "x.npy")}}
    answer = result(request | {"out": str(tmp_path / "answers")})["outputs"]["y"]
    np.testing.assert_allclose(np.load(answer["path"]), tiny.fused_expected(x), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_an_operator_that_onnx_lacks_is_named(result: Ask, refusal: Ask, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    nodes = [tiny.placeholder("x", [2]), tiny.node("y", "Digamma", ["x"])]
    path = tiny.write(tmp_path / "m", tiny.document(nodes))
    ends = [[(name, f"{name}:0", "float32", [2])] for name in ("x", "y")]
    saved = prepared(result, path, tmp_path / "saved", tiny.signature(*ends))
    request = {"do": "convert", "to": "onnxruntime", "model": str(saved), "out": str(tmp_path / "m.onnx")}
    error = refusal(request)
    assert (error["kind"], error["message"]) == ("unsupported-operator", "ONNX has no operator for Digamma")
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.slow
def test_the_worker_refuses_a_model_that_reads_other_files(refusal: Ask, tmp_path: Path) -> None:
    path = with_data(tmp_path / "model", location="../w")
    for request in ({"do": "convert", "to": "openvino"}, {"do": "infer", "inputs": {"x": "x.npy"}}):
        error = refusal({**request, "model": str(path), "out": str(tmp_path / "out")})
        assert (error["kind"], "external data at ../w" in error["message"]) == ("unsafe-model", True)
