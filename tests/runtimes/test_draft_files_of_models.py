"""What drafts read inside TFLite, ONNX and TensorFlow.js files, and which files belong to a model."""

import zipfile
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
import pytest

from maxctl.runtimes.draft.files import files_of
from maxctl.runtimes.draft.gather import facts_of
from maxctl.runtimes.draft.tflite_facts import tflite_facts
from maxctl.runtimes.interface import ModelFormatError
from tests.projects import write_tree
from tests.runtimes.drafts import description, drafted, steps


def vector(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def table(builder: Any, fields: dict[int, tuple[str, Any]]) -> int:
    """Return a table of fields by number: ("offset" | "byte" | "int" | "uint" | "float", value)."""
    builder.StartObject(max(fields, default=-1) + 1)
    for number, (kind, value) in fields.items():
        put = {
            "offset": lambda n, v: builder.PrependUOffsetTRelativeSlot(n, v, 0),
            "byte": lambda n, v: builder.PrependUint8Slot(n, v, 0),
            "int": lambda n, v: builder.PrependInt32Slot(n, v, 0),
            "uint": lambda n, v: builder.PrependUint32Slot(n, v, 0),
            "float": lambda n, v: builder.PrependFloat32Slot(n, v, 0.0),
        }[kind]
        put(number, value)
    return int(builder.EndObject())


def metadata() -> bytes:
    """Return a TFLITE_METADATA with normalisation, a sound's rate, and a threshold of scores."""
    b = flatbuffers.Builder(256)
    name, out_name = b.CreateString("image"), b.CreateString("probability")
    mean, std = (b.CreateNumpyVector(np.array([value], np.float32)) for value in (127.5, 128.0))
    normalization = table(b, {0: ("offset", mean), 1: ("offset", std)})
    unit = table(b, {0: ("byte", 1), 1: ("offset", normalization)})
    audio = table(b, {0: ("uint", 22050)})
    content = table(b, {0: ("byte", 4), 1: ("offset", audio)})
    first = table(b, {0: ("offset", name), 3: ("offset", content), 4: ("offset", vector(b, [unit]))})
    thresholding = table(b, {0: ("float", 0.35)})
    end = table(b, {0: ("byte", 3), 1: ("offset", thresholding)})
    last = table(b, {0: ("offset", out_name), 4: ("offset", vector(b, [end]))})
    graph = table(b, {2: ("offset", vector(b, [first])), 3: ("offset", vector(b, [last]))})
    title = b.CreateString("bird classifier")
    b.Finish(table(b, {0: ("offset", title), 3: ("offset", vector(b, [graph]))}), b"M001")
    return bytes(b.Output())


def tflite(folder: Path) -> Path:
    """Write a model: image -> RESHAPE -> SOFTMAX -> scores, quantised, with metadata and a label list in its zip."""
    b = flatbuffers.Builder(1024)
    names = [b.CreateString(text) for text in ("image", "between", "scores")]
    scale = b.CreateNumpyVector(np.array([0.0078125], np.float32))
    zero = b.CreateNumpyVector(np.array([128], np.int64))
    quantization = table(b, {2: ("offset", scale), 3: ("offset", zero)})
    shapes = [b.CreateNumpyVector(np.array(size, np.int32)) for size in ([1, 32, 32, 3], [1, 2], [1, 2])]
    tensors = [
        table(b, {0: ("offset", shape), 1: ("byte", 3), 3: ("offset", one), 4: ("offset", quantization)})
        for one, shape in zip(names, shapes, strict=True)
    ]
    codes = [table(b, {3: ("int", number)}) for number in (22, 25)]
    ends = [b.CreateNumpyVector(np.array([number], np.int32)) for number in (0, 1, 2)]
    operators = [
        table(b, {0: ("uint", 0), 1: ("offset", ends[0]), 2: ("offset", ends[1])}),
        table(b, {0: ("uint", 1), 1: ("offset", ends[1]), 2: ("offset", ends[2])}),
    ]
    graph = table(b, {
        0: ("offset", vector(b, tensors)), 1: ("offset", ends[0]), 2: ("offset", ends[2]),
        3: ("offset", vector(b, operators)),
    })  # fmt: skip
    content = b.CreateByteVector(metadata())
    buffers = [table(b, {0: ("offset", content)})]
    entry_name = b.CreateString("TFLITE_METADATA")
    entry = table(b, {0: ("offset", entry_name), 1: ("uint", 0)})
    model = table(b, {
        1: ("offset", vector(b, codes)), 2: ("offset", vector(b, [graph])), 4: ("offset", vector(b, buffers)),
        6: ("offset", vector(b, [entry])),
    })  # fmt: skip
    b.Finish(model, b"TFL3")
    path = folder / "birds.tflite"
    path.write_bytes(bytes(b.Output()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "robin\nwren\n")
    return path


def test_a_tflite_file_tells_neighbours_quantisation_metadata_and_labels(tmp_path: Path) -> None:
    found = tflite_facts(tflite(tmp_path))
    assert found["ends"] == {"scores": ["softmax"]} and found["begins"] == {"image": ["reshape", "softmax"]}
    assert found["quantization"]["image"] == [0.0078125, 128.0]
    assert found["normalization"] == {"mean": [127.5], "std": [128.0]} and found["sample_rate"] == 22050
    assert found["score_threshold"] == 0.35 and found["said"] == {"scores": "probability"}
    assert found["words"].startswith("bird classifier") and "no_signature" in found["properties"]
    assert [row["name"] for row in found["labels"][0]["rows"]] == ["robin", "wren"]


@pytest.mark.parametrize("kept", [12, 60, 200, 500, 700])
def test_a_tflite_file_that_is_cut_off_tells_nothing_and_raises_nothing(kept: int, tmp_path: Path) -> None:
    path = tflite(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    assert isinstance(tflite_facts(path), dict)


def test_any_damaged_byte_of_a_tflite_file_raises_nothing(tmp_path: Path) -> None:
    path = tflite(tmp_path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert isinstance(tflite_facts(path), dict)


def message(*fields: tuple[int, bytes]) -> bytes:
    """Return a protocol buffer of short texts and messages."""
    return b"".join(bytes([number << 3 | 2, len(content)]) + content for number, content in fields)


def test_an_onnx_file_tells_neighbours_and_the_names_in_its_properties(tmp_path: Path) -> None:
    nodes = [
        message((1, b"images"), (2, b"a"), (4, b"Cast")), message((1, b"a"), (2, b"b"), (4, b"Mul")),
        message((1, b"b"), (2, b"c"), (4, b"Softmax")), message((1, b"c"), (2, b"output0"), (4, b"Squeeze")),
    ]  # fmt: skip
    graph = message(
        *((1, node) for node in nodes), (11, message((1, b"images"))), (12, message((1, b"output0")))
    )
    names = message((1, b"names"), (2, b"{0: 'cat', 1: 'dog'}"))
    path = tmp_path / "model.onnx"
    head = bytes([7 << 3 | 2]) + bytes([len(graph) & 0x7F | 0x80, len(graph) >> 7]) + graph
    path.write_bytes(head + message((14, names)))
    found = facts_of(path, description(inputs=[("images", None, None)], outputs=[("output0", None, None)]))
    assert found.outputs[0].last() == "softmax" and found.inputs[0].operators == ("mul",)
    assert found.evidence.labels[0]["rows"] == [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]


def test_a_model_s_files_are_those_that_its_entry_names(tmp_path: Path) -> None:
    write_tree(tmp_path, {
        "onnx/model.onnx": b"x", "onnx/weights.bin": b"y", "ir/model.xml": b"<net/>", "ir/model.bin": b"z",
        "ir/notes.txt": b"n",
        "sm/saved_model.pb": b"x", "sm/variables/variables.index": b"y",
    })  # fmt: skip

    def names(path: str, format_: str, **metadata: str) -> list[str]:
        files, top = files_of(tmp_path / path, description(format_, metadata=metadata))
        return [file.relative_to(top).as_posix() for file in files]

    assert names("onnx/model.onnx", "onnx", external_data="weights.bin") == ["model.onnx", "weights.bin"]
    assert names("ir/model.xml", "openvino") == names("ir", "openvino") == ["model.xml", "model.bin"]
    assert names("sm", "saved-model") == ["saved_model.pb", "variables/variables.index"]
    with pytest.raises(ModelFormatError, match=r"names gone\.bin, which is not there"):
        names("onnx/model.onnx", "onnx", external_data="gone.bin")


IR = """<?xml version="1.0"?>
<net name="birds" version="11">
  <layers>
    <layer id="0" name="image" type="Parameter" version="opset1">
      <data shape="1,3,32,32" element_type="f32"/>
      <output>
        <port id="0" precision="FP32" names="image"><dim>1</dim><dim>3</dim><dim>32</dim><dim>32</dim></port>
      </output>
    </layer>
    <layer id="1" name="axes" type="Parameter" version="opset1">
      <data shape="1" element_type="i64"/>
      <output><port id="0" precision="I64" names="axes"><dim>1</dim></port></output>
    </layer>
    <layer id="2" name="probabilities" type="SoftMax" version="opset1">
      <input><port id="0"/></input>
      <output><port id="1" precision="FP32" names="probabilities"><dim>1</dim><dim>2</dim></port></output>
    </layer>
    <layer id="3" name="flat" type="Reshape" version="opset1">
      <input><port id="0"/><port id="1"/></input>
      <output><port id="2" precision="FP32" names="flat"><dim>1</dim><dim>2</dim></port></output>
    </layer>
    <layer id="4" name="out" type="Result" version="opset1">
      <input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input>
    </layer>
  </layers>
  <edges>
    <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
    <edge from-layer="1" from-port="0" to-layer="3" to-port="1"/>
    <edge from-layer="2" from-port="1" to-layer="3" to-port="0"/>
    <edge from-layer="3" from-port="2" to-layer="4" to-port="0"/>
  </edges>
  <rt_info><model_info>
    <model_type value="Classification"/><labels value="robin house_sparrow"/>
    <resize_type value="fit_to_window_letterbox"/>
    <pad_value value="114"/><reverse_input_channels value="YES"/><mean_values value="123.675 116.28 103.53"/>
    <scale_values value="58.395 57.12 57.375"/><confidence_threshold value="0.4"/>
  </model_info></rt_info>
</net>
"""


def test_an_openvino_model_states_its_task_labels_and_pictures_in_model_info(tmp_path: Path) -> None:
    path = tmp_path / "birds.xml"
    path.write_text(IR)
    inputs = [("image", "float32", [1, 3, 32, 32])]
    found = facts_of(path, description("openvino", inputs=inputs, outputs=[("flat", "float32", [1, 2])]))
    assert found.outputs[0].last() == "softmax"
    draft = drafted(found)
    assert draft.task and (draft.task.value, draft.task.confidence) == ("image-classification", "high")
    assert draft.labels and [row["name"] for row in draft.labels.value] == ["robin", "house sparrow"]
    assert steps(draft) == ["decode_image", "letterbox", "normalize", "layout", "|"]
    letterbox, normalize = (guess.value for guess in draft.preprocess[1:3])
    assert letterbox["color"] == [114.0] and normalize["mean"][0] == 123.675
    assert found.evidence.score_threshold == 0.4
    path.write_text(IR.replace('reverse_input_channels value="YES"', 'reverse_input_channels value="NO"'))
    assert "color_order" in steps(drafted(facts_of(path, description("openvino", inputs=inputs, outputs=[]))))


def test_an_openvino_model_that_is_cut_off_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "birds.xml"
    path.write_text(IR[:900])
    assert facts_of(path, description("openvino")).evidence.ends == {}


def test_classes_in_a_description_s_metadata_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "iris.skops"
    path.write_bytes(b"x")
    outputs = [("probabilities", "float32", [None, 3])]
    metadata = {"classes_": '["setosa", "versicolor", "virginica"]', "feature_names_in_": '["a", "b"]'}
    inputs = [("X", "float64", [None, 2])]
    draft = drafted(
        facts_of(path, description("scikit-learn", inputs=inputs, outputs=outputs, metadata=metadata))
    )
    assert draft.labels and [row["name"] for row in draft.labels.value] == [
        "setosa",
        "versicolor",
        "virginica",
    ]
    (columns,) = draft.preprocess
    assert [one["name"] for one in columns.value["columns"]] == ["a", "b"] and columns.value[
        "dtype"
    ] == "float64"
