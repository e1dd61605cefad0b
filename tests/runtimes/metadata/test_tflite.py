"""TensorFlow Lite: the texts of the flat buffer, and the files behind it."""

from __future__ import annotations

import struct
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtimes.metadata.samples import archive, entries, flatbuffer, tflite, told

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1).filter(str.strip)


def test_model_metadata_and_the_license_behind_the_model_are_read(tmp_path: Path) -> None:
    metadata = told(tmp_path, "m.tflite", tflite(**{"labels.txt": "cat", "MODEL_LICENSE.md": "CC BY 4.0"}))
    assert entries(metadata) == {
        "description": "MLIR Converted.",
        "metadata.min_runtime_version": "1.14.0",
        "ModelMetadata.name": "Cats",
        "ModelMetadata.description": "Finds cats.",
        "ModelMetadata.author": "Ada",
        "ModelMetadata.license": "Apache-2.0",
        "files": "labels.txt\nMODEL_LICENSE.md",
        "files/MODEL_LICENSE.md": "CC BY 4.0",
    }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([0, 1, 2, 4, 5]), printable))
def test_what_is_written_is_read(tmp_path: Path, fields: dict[int, str]) -> None:
    keys = {0: "name", 1: "description", 2: "version", 4: "author", 5: "license"}
    metadata = told(tmp_path, "m.tflite", tflite(fields or {3: 0}))
    read_ = {key: value for key, value in entries(metadata).items() if key.startswith("ModelMetadata")}
    assert read_ == {f"ModelMetadata.{keys[number]}": value for number, value in fields.items()}


def test_the_buffers_of_a_large_model_lie_behind_its_tables(tmp_path: Path) -> None:
    described = flatbuffer(b"M001", {5: "MIT"})
    place = len(flatbuffer(b"TFL3", {4: [{1: 0, 2: 0}], 6: [{0: "TFLITE_METADATA", 1: 0}]}))
    head = flatbuffer(b"TFL3", {4: [{1: place, 2: len(described)}], 6: [{0: "TFLITE_METADATA", 1: 0}]})
    assert entries(told(tmp_path, "m.tflite", head + described)) == {"ModelMetadata.license": "MIT"}


def test_files_are_read_although_the_model_before_them_is_damaged(tmp_path: Path) -> None:
    data = struct.pack("<I", 2**31) + b"TFL3" + archive({"LICENSE": "MIT"})
    metadata = told(tmp_path, "m.tflite", data)
    assert entries(metadata)["files/LICENSE"] == "MIT"
    assert metadata.problems == ("it is cut off, or a length in it is wrong",)


def test_bytes_that_are_no_text_are_not_shown(tmp_path: Path) -> None:
    data = flatbuffer(b"TFL3", {4: [{0: b"\x08\0\0\0\xff\xfe"}], 6: [{0: "CONVERSION_METADATA", 1: 0}]})
    assert entries(told(tmp_path, "m.tflite", data)) == {}


def test_a_metadata_entry_without_its_buffer_is_a_problem(tmp_path: Path) -> None:
    data = flatbuffer(b"TFL3", {3: "cats", 4: [{}], 6: [{0: "TFLITE_METADATA", 1: 9}]})
    metadata = told(tmp_path, "m.tflite", data)
    assert entries(metadata) == {"description": "cats"}
    assert metadata.problems == ("it refers to a part that is not there",)
