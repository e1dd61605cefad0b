"""Graphs and layers that run Python, touch files, or name files elsewhere."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.core.facts.check import CheckFacts
from maxctl.core.findings import Severity
from maxctl.core.stage import Outcome, Verdict
from maxctl.health.checks.model_files import coreml
from maxctl.runtimes import wire
from tests.health.check_tree import checked, told

CODE = base64.b64encode(b"code").decode()
LAMBDA = {"class_name": "Lambda", "config": {"name": "twice", "function": [CODE, None, None]}}


def field(number: int, content: bytes) -> bytes:
    """Return a length-delimited field, its length written longer than needed, as a parser accepts it."""
    size = len(content)
    return (
        bytes([number << 3 | 2] if number < 16 else [(number << 3 | 2) & 0x7F | 0x80, number >> 4])
        + bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])
        + content
    )


def graph(*operations: str) -> bytes:
    return b"".join(field(1, field(1, b"node") + field(2, op.encode())) for op in operations)


def saved_model(*operations: str) -> bytes:
    return b"\x08\x01" + field(2, field(2, graph("Placeholder", *operations)))


def states(outcome: Outcome) -> dict[str, str]:
    assert isinstance(outcome.facts, CheckFacts)
    return {file.path: file.state for file in outcome.facts.model_files}


def keras_h5(path: Path, config: Any) -> Path:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
        file.create_group("model_weights").create_dataset("kernel", data=[1.0, 2.0])
    return path


@pytest.mark.parametrize("op", ["PyFunc", "EagerPyFunc", "PyFuncStateless"])
def test_a_saved_model_that_calls_python_is_an_error(tmp_path: Path, op: str) -> None:
    outcome = checked(tmp_path, {"m/saved_model.pb": saved_model("MatMul", op)})
    assert outcome.verdict is Verdict.FAILED
    assert f"1 × the operation {op}" in told(outcome, "CHK404")[0].message


def test_operations_inside_functions_of_the_graph_are_seen(tmp_path: Path) -> None:
    library = field(2, field(1, field(3, field(2, b"EagerPyFunc"))))
    data = field(2, field(2, graph("PartitionedCall") + library))
    assert told(checked(tmp_path, {"saved_model.pb": data}), "CHK404")


def test_writing_files_is_an_error_and_reading_them_a_warning(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"frozen.pb": graph("ReadFile", "WriteFile", "Relu")})
    assert [(f.severity, f.message.split()[4]) for f in told(outcome, "CHK405")] == [
        (Severity.WARNING, "ReadFile,"),
        (Severity.ERROR, "WriteFile,"),
    ]


def test_a_saved_model_of_arithmetic_passes_with_its_variables_as_data(tmp_path: Path) -> None:
    index = b"rubbish" + 0xDB4775248B80FB57.to_bytes(8, "little")
    outcome = checked(
        tmp_path,
        {
            "saved_model.pb": saved_model("MatMul", "SaveV2"),
            "fingerprint.pb": b"\x08\x01",
            "variables/variables.data-00000-of-00001": b"\0\1\2",
            "variables/variables.index": index,
        },
        artifacts=True,
    )
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    assert states(outcome)["saved_model.pb"] == "scanned"
    assert states(outcome)["variables/variables.index"] == "data only"


def test_a_lambda_layer_in_the_keras_metadata_of_a_saved_model_is_an_error(tmp_path: Path) -> None:
    node = field(1, b"\x10\x01" + field(3, b"root.layer-1") + field(5, json.dumps(LAMBDA).encode()))
    assert told(checked(tmp_path, {"keras_metadata.pb": node}), "CHK404")


def test_a_protocol_buffer_that_is_no_graph_is_not_scanned(tmp_path: Path) -> None:
    for content in (b"\x0a\xff", b"\x08\x01", b"\x0b", b"\x0a\x00"):
        assert told(checked(tmp_path, {"x.pb": content}), "CHK402"), content


def test_a_lambda_layer_in_hdf5_is_an_error_wherever_it_is_nested(tmp_path: Path) -> None:
    inner = {"class_name": "Sequential", "config": {"layers": [LAMBDA]}}
    nested = {"class_name": "Model", "config": {"layers": [inner]}}
    data = keras_h5(tmp_path / "w.h5", nested).read_bytes()
    outcome = checked(tmp_path, {"w.h5": data})
    assert "Lambda layer `twice`" in told(outcome, "CHK404")[0].message
    assert outcome.verdict is Verdict.FAILED


def test_hdf5_without_lambda_passes_and_without_configuration_is_data_only(tmp_path: Path) -> None:
    plain = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Dense", "config": {"name": "d"}}]},
    }
    outcome = checked(
        tmp_path,
        {
            "model.h5": keras_h5(tmp_path / "a.h5", plain).read_bytes(),
            "weights.hdf5": keras_h5(tmp_path / "b.h5", None).read_bytes(),
        },
    )
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    assert states(outcome) == {"model.h5": "scanned", "weights.hdf5": "data only"}


def test_hdf5_that_points_into_another_file_is_an_error(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/other.h5", "/x")
        file["loop"] = file
    outcome = checked(tmp_path, {"a.h5": (tmp_path / "a.h5").read_bytes()})
    assert "/etc/other.h5" in told(outcome, "CHK406")[0].message


def keras_archive(config: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("layer", "seen"),
    [
        (LAMBDA, "Lambda layer `twice`"),
        ({"class_name": "function", "config": "system", "module": "os"}, "os.system"),
        ({"class_name": "run", "config": {}, "module": "subprocess"}, "subprocess.run"),
        ({"class_name": "eval", "config": {}, "module": "builtins"}, "builtins.eval"),
        (
            {"class_name": "TFOpLambda", "config": {"name": "w", "function": "io.write_file"}},
            "tf.io.write_file",
        ),
    ],
)
def test_a_keras_archive_that_imports_or_runs_something_is_an_error(
    tmp_path: Path, layer: Any, seen: str
) -> None:
    config = {"class_name": "Functional", "module": "keras", "config": {"layers": [layer]}}
    outcome = checked(tmp_path, {"m.keras": keras_archive(config)})
    assert seen in told(outcome, "CHK404")[0].message


def test_a_keras_archive_of_known_layers_passes(tmp_path: Path) -> None:
    layers = [{"class_name": "Dense", "module": "keras.layers", "registered_name": None, "config": {}}]
    outcome = checked(
        tmp_path,
        {
            "m.keras": keras_archive(
                {"class_name": "Functional", "module": "keras", "config": {"layers": layers}}
            )
        },
    )
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())


def test_a_tensorflow_js_model_is_read_and_its_weights_are_data(tmp_path: Path) -> None:
    model = {
        "modelTopology": {"node": [{"op": "Const"}, {"op": "EagerPyFunc"}]},
        "weightsManifest": [{"paths": ["shard1", "../outside", "trick.pkl"]}],
    }
    outcome = checked(
        tmp_path, {"model.json": json.dumps(model), "shard1": b"\x80\x04numbers", "trick.pkl": b"cos\n"}
    )
    assert told(outcome, "CHK404")
    assert "../outside" in told(outcome, "CHK406")[0].message
    assert states(outcome)["shard1"] == "data only"
    assert states(outcome)["trick.pkl"] == "not scanned"


def onnx(location: str) -> bytes:
    entry = field(2, location.encode()) + field(1, b"location")  # the order of fields is the writer's choice
    return field(7, field(1, field(4, b"Conv")) + field(5, field(13, entry)))


def test_onnx_weights_beside_the_model_are_data_and_elsewhere_an_error(tmp_path: Path) -> None:
    beside = checked(tmp_path / "a", {"m.onnx": onnx("m.weights"), "m.weights": b"\0\1\2"}, artifacts=True)
    assert (beside.verdict, beside.findings) == (Verdict.PASSED, ())
    for location in ("../../etc/passwd", "/etc/passwd", "..\\x"):
        assert told(checked(tmp_path / "b", {"m.onnx": onnx(location)}), "CHK406"), location


def test_formats_that_hold_nothing_but_data_say_so(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    outcome = checked(
        tmp_path,
        {
            "a.safetensors": len(header).to_bytes(8, "little") + header + b"\0" * 4,
            "a.tflite": b"\x1c\0\0\0TFL3\0\0\0\0",
        },
    )
    assert outcome.verdict is Verdict.PASSED
    assert set(states(outcome).values()) == {"data only"}


def test_a_safetensors_file_with_a_broken_header_is_not_scanned(tmp_path: Path) -> None:
    for content in (b"\xff" * 9, (4).to_bytes(8, "little") + b"nope", (2).to_bytes(8, "little") + b"[]"):
        assert told(checked(tmp_path, {"a.safetensors": content}), "CHK402"), content


@given(st.binary(max_size=300))
def test_any_bytes_are_fields_or_malformed(data: bytes) -> None:
    with contextlib.suppress(wire.MalformedError):
        list(wire.fields(memoryview(data)))


@given(st.lists(st.tuples(st.integers(1, 200), st.binary(max_size=30)), max_size=8))
def test_fields_come_back_as_they_were_written(content: list[tuple[int, bytes]]) -> None:
    data = b"".join(field(number, value) for number, value in content)
    assert [
        (n, bytes(v)) for n, _, v in wire.fields(memoryview(data)) if isinstance(v, memoryview)
    ] == content


def program(blob: str) -> bytes:
    """Return a Core ML program of one constant whose value stands in a file."""
    value = field(5, field(1, blob.encode()))
    constant = field(1, b"const") + field(5, field(1, b"val") + field(2, value))
    block = field(3, constant)
    function = field(3, field(1, b"CoreML8") + field(2, block))
    return b"\x08\x08" + field(502, field(2, field(1, b"main") + field(2, function)))


def test_the_weights_of_a_core_ml_program_beside_it_are_data_and_elsewhere_an_error(tmp_path: Path) -> None:
    tree = {"m.mlmodel": program("@model_path/weights/weight.bin"), "weights/weight.bin": b"\0\1\2"}
    outcome = checked(tmp_path / "a", tree, artifacts=True)
    assert outcome.findings == ()
    for place in ("/etc/passwd", "@model_path/../other.bin", "$BUNDLE_MAIN/x.bin"):
        assert told(checked(tmp_path / place.replace("/", "_"), {"m.mlmodel": program(place)}), "CHK406"), (
            place
        )


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (field(500, field(1, field(500, field(10, b"MyLayer")))), "needs the app's own MyLayer"),
        (field(500, field(1, field(605, field(2, field(1, field(500, field(10, b"Inner"))))))), "Inner"),
        (field(200, field(1, field(1, field(403, field(1, field(500, field(10, b"Piped"))))))), "Piped"),
        (field(555, field(10, b"Whole")), "needs the app's own Whole"),
        (field(302, b""), "0 operations"),
    ],
)
def test_classes_that_the_app_has_to_bring_are_named(model: bytes, said: str) -> None:
    found = coreml.inspect(b"\x08\x03" + model)
    assert (found.state, found.dangers) == ("scanned", ())
    assert said in found.reason


def test_a_linked_core_ml_model_is_looked_for_where_it_says(tmp_path: Path) -> None:
    def linked(search: str) -> bytes:
        file = field(1, field(1, b"other.mlmodelc")) + field(2, field(1, search.encode()))
        return b"\x08\x04" + field(556, field(1, file))

    assert coreml.inspect(linked("")).names == ("other.mlmodelc",)
    assert coreml.inspect(linked("lib:../up:/abs")).names == ("lib/other.mlmodelc",)
    assert [one.code for one in coreml.inspect(linked("lib:../up:/abs")).dangers] == ["CHK406", "CHK406"]


@pytest.mark.parametrize(
    "model",
    [
        b"",
        b"\x08\x03",
        field(605, b""),
        field(700, b""),
        field(2005, b""),
        field(3000, b"opaque"),
        b"\xff\xff",
    ],
)
def test_a_core_ml_model_of_an_unknown_kind_is_not_scanned(tmp_path: Path, model: bytes) -> None:
    assert told(checked(tmp_path, {"m.mlmodel": b"\x08\x03" + model}, artifacts=True), "CHK402")
