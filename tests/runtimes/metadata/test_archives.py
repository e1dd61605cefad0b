"""Zip archives: Keras and PyTorch, and the reading of members."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.runtimes.metadata import zipped
from maxctl.runtimes.metadata.source import Source
from tests.runtimes.metadata.samples import KERAS, PYTORCH, archive, entries, told

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)


def test_a_keras_archive_tells_its_version_and_the_models_name(tmp_path: Path) -> None:
    assert entries(told(tmp_path, "m.keras", archive({**KERAS, "assets/LICENSE": "MIT"}))) == {
        "metadata.keras_version": "3.4.1",
        "metadata.date_saved": "2025-01-01@00:00:00",
        "config.class_name": "Functional",
        "config.name": "cats",
        "files": "assets/LICENSE",
        "files/assets/LICENSE": "MIT",
    }


def test_a_pytorch_archive_tells_its_extra_files_and_the_text_of_its_license(tmp_path: Path) -> None:
    assert entries(told(tmp_path, "pytorch_model.bin", archive(PYTORCH))) == {
        "files": "cats/extra/LICENSE.txt\ncats/extra/labels.txt",
        "files/cats/extra/LICENSE.txt": "MIT License\n\nCopyright (c) 2024 Ada",
    }


@pytest.mark.parametrize(
    "name", ["code/license_plate.py", "a/terms.pkl", "data/12", "notices/", "labels.txt"]
)
def test_code_and_data_are_no_licenses(tmp_path: Path, name: str) -> None:
    assert entries(told(tmp_path, "m.pt", archive({"m/data.pkl": "x", name: "MIT"}))) == {}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(NAMES, st.binary(max_size=500), max_size=6),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=50),
)
def test_members_are_read_as_written_also_behind_other_data(
    files: dict[str, bytes], method: int, before: bytes
) -> None:
    source = Source(io.BytesIO(before + archive(files, method)))
    read = {member.name: zipped.content(source, member) for member in zipped.members(source)}
    assert read == files


def test_an_archive_of_the_64_bit_kind_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, made.open("m/data.pkl", "w", force_zip64=True) as file:
        file.write(b"x")
    narrow = bytearray(out.getvalue())
    # the narrow fields are full, the wide ones hold the truth
    directory = narrow.index(b"PK\x01\x02")
    entry = narrow[directory : narrow.index(b"PK\x05\x06")]
    entry[20:28] = entry[42:46] * 0 + b"\xff" * 8
    entry[42:46] = b"\xff" * 4
    entry[30:32] = struct.pack("<H", 28)
    entry = entry[: 46 + 10] + struct.pack("<HHQQQ", 1, 24, 1, 1, 0)
    body = bytes(narrow[:directory]) + bytes(entry)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), directory)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body), 1)
    end = b"PK\x05\x06" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    data = body + end64 + locator + end
    assert zipfile.ZipFile(io.BytesIO(data)).read("m/data.pkl") == b"x"
    source = Source(io.BytesIO(data))
    assert [zipped.content(source, member) for member in zipped.members(source)] == [b"x"]


def test_an_encrypted_license_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(archive({"m/data.pkl": "x", "m/LICENSE": "MIT", "m/NOTICE": "Ada"}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 8] |= 1
    metadata = told(tmp_path, "m.pt", bytes(data))
    assert metadata.problems == ("`m/LICENSE` is encrypted",)
    assert entries(metadata)["files/m/NOTICE"] == "Ada"
