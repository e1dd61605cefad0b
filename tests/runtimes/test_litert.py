"""LiteRT files: recognised by their identifier, damaged ones refused by name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from maxctl.runtimes import litert, recognise
from maxctl.runtimes.interface import CorruptModelError, ModelFormatError


def small_model() -> bytes:
    """One RELU from `x` to `y`, [1,2], with a licence in the metadata."""
    import flatbuffers  # type: ignore[import-untyped]
    from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]

    def tensor(name: str) -> object:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name, [1, 2], schema.TensorType.FLOAT32, 0
        return made

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RELU
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0], [1]
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = (
        [tensor("x"), tensor("y")],
        [0],
        [1],
        [operator],
    )
    note = schema.BufferT()
    note.data = list(b"\0\1license: CC-BY-NC-4.0\0")
    entry = schema.MetadataT()
    entry.name, entry.buffer = "NOTES", 1
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers, model.metadata = [schema.BufferT(), note], [entry]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(small_model())
    return path


def test_a_model_is_described_without_an_interpreter(model: Path) -> None:
    description = litert.inspect(model).to_json()
    assert recognise(model) == "litert"
    assert description["inputs"] == [{"name": "x", "dtype": "float32", "shape": [1, 2]}]
    assert description["outputs"] == [{"name": "y", "dtype": "float32", "shape": [1, 2]}]
    assert description["operators"] == {"RELU": 1}
    assert description["parameters"] == 0
    assert description["licenses"] == ["license: CC-BY-NC-4.0"]


def test_a_file_without_the_identifier_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"ONNX" * 10)
    assert recognise(tmp_path / "model.tflite") is None
    with pytest.raises(CorruptModelError, match="lacks the identifier TFL3"):
        litert.inspect(tmp_path / "model.tflite")


def test_a_cut_file_is_damaged(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:40])
    with pytest.raises(CorruptModelError, match="is damaged"):
        litert.inspect(model)


def test_bytes_turned_over_never_raise_anything_else(model: Path) -> None:
    good = model.read_bytes()
    chance = random.Random(7)
    refused = 0
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            bad[chance.randrange(8, len(bad))] = chance.randrange(256)
        model.write_bytes(bad)
        try:
            litert.inspect(model)
        except ModelFormatError:
            refused += 1
    assert refused > 50


def test_a_count_that_the_file_is_too_short_for_is_refused_before_it_is_walked(model: Path) -> None:
    # finding where a damaged file holds such a count is chance; the reader's own guard is not
    reader = litert._Reader(litert._schema(), model.read_bytes())
    with pytest.raises(CorruptModelError, match="claims more entries than it has bytes"):
        reader.each(2**31, lambda index: index)
