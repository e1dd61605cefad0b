"""Whatever a file holds: no exception, little memory, little time."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.runtimes.metadata import read
from tests.runtimes.metadata.samples import (
    OPENVINO,
    SAMPLES,
    archive,
    flatbuffer,
    gguf,
    message,
    safetensors,
    told,
    varint,
)

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
names = st.sampled_from(sorted([*SAMPLES, "model.h5"]))
MAGICS = [
    b"GGUF",
    b"....TFL3",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x89HDF\r\n\x1a\n",
    b'{"modelTopology"',
    b"<net ",
    b"",
]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_anywhere_says_no_more_than_the_whole_and_never_raises(tmp_path: Path, name: str) -> None:
    data = SAMPLES[name]
    whole = told(tmp_path, name, data)
    file = tmp_path / name
    for end in range(len(data)):
        file.write_bytes(data[:end])
        metadata = read(file)
        if metadata is not None and metadata.format == whole.format:
            assert {entry.key for entry in metadata.entries} <= {entry.key for entry in whole.entries}


@quick
@given(names, st.sampled_from(MAGICS), st.binary(max_size=300))
def test_random_bytes_never_raise(tmp_path: Path, name: str, magic: bytes, data: bytes) -> None:
    (tmp_path / name).write_bytes(magic + data)
    read(tmp_path / name)


@quick
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_changed_bytes_never_raise(tmp_path: Path, name: str, data: st.DataObject) -> None:
    changed = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(
            st.sampled_from([b"\xff", b"\xff" * 4, b"\xff" * 8, b"\0" * 4, b"\x7f\xff", b"\x01"])
        )
        changed[place : place + len(piece)] = piece
    (tmp_path / name).write_bytes(changed)
    read(tmp_path / name)


def bomb() -> bytes:
    """Return an archive whose license unpacks to 64 MiB."""
    return archive({"config.json": "{}", "LICENSE": bytes(64 * 1024**2)})


def lying_directory() -> bytes:
    """Return an archive that claims a directory of 3 GiB."""
    data = bytearray(archive({"m/data.pkl": "x"}))
    data[-10:-6] = struct.pack("<L", 3 * 1024**3)
    return bytes(data)


def blank_licenses() -> bytes:
    return archive({"m/LICENSE" + str(i) if i else "m/data.pkl": " " * 60_000 for i in range(500)})


def one_buffer_for_all() -> bytes:
    """Return a model that has 3,000 names for the same 64 KiB, which are no text."""
    entries = [{0: "x", 1: 0}] * 3000
    return flatbuffer(b"TFL3", {4: [{0: b"x" * 65_535 + b"\xff"}], 6: entries})


def encrypted_and_odd() -> bytes:
    data = archive({"m/data.pkl": "x", "m/LICENSE": "MIT"})
    return data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x01\x00\x63")


DEEP = b'{"__metadata__": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><net name="&b;"></net>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a SYSTEM "file:///etc/passwd">]><net name="&a;"></net>'
)
BEHIND = 200 * 1024**2  # so many zeros follow, as a hole in the file

HOSTILE = {
    "pairs.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60),
    "key.gguf": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**63),
    "strings.gguf": gguf({"a": (9, struct.pack("<IQ", 8, 2**62))}),
    "empty-strings.gguf": gguf({"a": (9, struct.pack("<IQ", 8, BEHIND // 8 - 100))}),
    "nested.gguf": gguf({"a": (9, struct.pack("<IQ", 9, 1) * 1000)}),
    "wide.gguf": gguf({"a": (9, struct.pack("<IQ", 9, 2**40))}),
    "numbers.gguf": gguf({"a": (9, struct.pack("<IQ", 12, 2**61))}),
    "long.safetensors": struct.pack("<Q", 2**40) + b"{",
    "zeros.safetensors": struct.pack("<Q", BEHIND) + b'{"__metadata__": {"a": "b"}, ',
    "quotes.safetensors": safetensors(b'{"a": "' + b'\\"' * 1_900_000),
    "deep.safetensors": safetensors(DEEP),
    "many.safetensors": safetensors({"__metadata__": {str(i): "x" for i in range(50_000)}}),
    "graph.onnx": message((2, "x")) + varint(7 << 3 | 2) + varint(2**62),
    "fields.onnx": b"\x08\x00" * 110_000,
    "pairs.onnx": message((14, b"\x08\x00" * 110_000)),
    "doc.onnx": varint(6 << 3 | 2) + varint(BEHIND - 100),
    "saved_model.pb": message((2, message((1, message((4, "x")) * 110_000)))),
    "bomb.keras": bomb(),
    "directory.keras": lying_directory(),
    "odd.pt": encrypted_and_odd(),
    "license.pt": archive({"m/data.pkl" if not i else f"m/LICENSE{i}": "x" * 3000 for i in range(3000)}),
    "vectors.tflite": b"\x14\0\0\0TFL3\x12\0\x08\0" + bytes(8) + b"\x04\0\x0c\0\0\0" + b"\xff" * 64,
    "same.tflite": one_buffer_for_all(),
    "blank.pt": blank_licenses(),
    "brackets.json": b'{"modelTopology": ' + b"[{" * 2_000_000,
    "elements.xml": b"<net >" + b"<a/>" * 1_100_000,
    "loop.tflite": b"\x08\0\0\0TFL3" + b"\0" * 64,
    "deep.xml": b"<net " + b">" + b"<a>" * 100_000,
    "tag.xml": b'<net name="' + b"x" * 8_000_000 + b'"/>',
    "text.xml": b"<net ><rt_info><license>" + b"x" * 8_000_000 + b"</license></rt_info></net>",
    "billion.xml": BILLION,
    "outside.xml": OUTSIDE,
    "long.json": b'{"modelTopology": {"a": "' + b"x" * 6_000_000,
    "deep.json": b'{"modelTopology": {}, "userDefinedMetadata": ' + b"[" * 100_000,
    "h.h5": b"\x89HDF\r\n\x1a\n" + b"\x00" * 5 + b"\x08\x08" + b"\xff" * 200,
    "h2.h5": b"\x89HDF\r\n\x1a\n\x02\x08\x08\x00" + struct.pack("<QQQQ", 0, 0, 0, 48) + b"OHDR\x02\x03" + b"\xff" * 100,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_problem_and_costs_little(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with file.open("wb") as out:
        out.write(HOSTILE[name])
        if "zeros" in name or "doc" in name or "empty-strings" in name:
            out.truncate(BEHIND)
    read(tmp_path / "warm.onnx")
    tracemalloc.start()
    began = time.process_time()
    metadata = read(file)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert metadata is not None
    assert metadata.problems
    assert peak < 16 * 1024**2
    assert seconds < 15  # measured: below 3, tracing included


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    for data in (BILLION, OUTSIDE):
        metadata = told(tmp_path, "model.xml", data)
        assert metadata.entries == ()
        assert "document type" in metadata.problems[0]
    assert told(tmp_path, "model.xml", OPENVINO).entries


def test_what_was_read_before_the_damage_is_kept(tmp_path: Path) -> None:
    metadata = told(tmp_path, "graph.onnx", HOSTILE["graph.onnx"])
    assert [entry.key for entry in metadata.entries] == ["producer_name"]


def test_an_archive_of_many_members_needs_no_memory_for_each(tmp_path: Path) -> None:
    data = archive({f"m/{i}" if i else "m/data.pkl": "" for i in range(20_000)} | {"m/LICENSE": "MIT"})
    (tmp_path / "many.pt").write_bytes(data)
    tracemalloc.start()
    metadata = read(tmp_path / "many.pt")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert metadata is not None
    assert metadata.problems == ()
    assert [entry.key for entry in metadata.entries] == ["files/m/LICENSE", "files"]
    assert peak < 1024**2


def test_only_the_beginning_of_a_bomb_is_unpacked(tmp_path: Path) -> None:
    metadata = told(tmp_path, "bomb.keras", archive({"config.json": "{}", "LICENSE": b"MIT " * 2_000_000}))
    license_ = {entry.key: entry.value for entry in metadata.entries}["files/LICENSE"]
    assert len(license_) == 65536
    assert zlib.crc32(license_.encode()) == zlib.crc32(b"MIT " * 16384)
