"""Which format a file is of, and what comes back where it cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maxctl.runtimes.metadata import Metadata, read
from tests.runtimes.metadata.samples import SAMPLES, archive, entries, gguf, safetensors, told


@pytest.mark.parametrize("name", SAMPLES)
def test_each_format_is_read_without_a_problem(tmp_path: Path, name: str) -> None:
    metadata = told(tmp_path, name, SAMPLES[name])
    assert metadata.entries
    assert metadata.problems == ()


@pytest.mark.parametrize("name", ["model.tflite", "model.gguf", "model.keras", "model.pt"])
def test_content_decides_before_the_name(tmp_path: Path, name: str) -> None:
    assert told(tmp_path, "weights.safetensors", SAMPLES[name]) == told(tmp_path, name, SAMPLES[name])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("README.md", b"# Cats"),
        ("legacy.pt", b"\x80\x02}q\x00."),
        ("arrays.npz", archive({"a.npy": b"\x93NUMPY"})),
        ("package.json", b'{"name": "cats"}'),
        ("feed.xml", b"<rss></rss>"),
        ("empty.txt", b""),
    ],
)
def test_other_files_and_pickles_say_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name) is None


def test_a_folder_and_a_missing_text_are_no_weights(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert read(tmp_path / "README.md") is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.onnx")
    assert read(tmp_path / "model.onnx") is None


def test_a_weight_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").symlink_to("model.onnx")
    metadata = read(tmp_path / "model.onnx")
    assert metadata == Metadata("ONNX", (), ("it cannot be opened: Too many levels of symbolic links",))


def test_a_git_lfs_pointer_says_how_to_get_the_weights(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    metadata = told(tmp_path, "model.safetensors", pointer)
    assert metadata.format == "Git LFS pointer"
    assert "git lfs pull" in metadata.problems[0]
    (tmp_path / "cat.png").write_bytes(pointer)
    assert read(tmp_path / "cat.png") is None


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_in_the_place_of_the_weights_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<!DOCTYPE html><title>404</title>" + b"x" * 100)
    metadata = read(tmp_path / name)
    # a .json, .xml or .pt needs more than its name
    assert (
        metadata is None
        if name in ("model.json", "model.xml", "model.pt")
        else metadata and metadata.problems
    )


def test_control_characters_are_replaced_and_line_ends_made_equal(tmp_path: Path) -> None:
    header = {"__metadata__": {"li\ncense\x1b": "MIT\r\n\x1b[2J\u202eevil\x00\tend"}}
    metadata = told(tmp_path, "model.safetensors", safetensors(header))
    assert entries(metadata) == {"__metadata__.li cense\ufffd": "MIT\n\ufffd[2J\ufffdevil\ufffd\tend"}


def test_a_value_of_64_kib_is_whole_and_a_longer_one_is_cut_and_told(tmp_path: Path) -> None:
    whole = told(tmp_path, "a.gguf", gguf({"general.license": "x" * 65536}))
    assert (len(entries(whole)["general.license"]), whole.problems) == (65536, ())
    cut = told(tmp_path, "b.gguf", gguf({"general.license": "ü" * 50_000}))
    assert len(entries(cut)["general.license"]) == 32_768
    assert cut.problems == ("`general.license` is cut after 65536 bytes",)


def test_more_than_a_mebibyte_of_text_is_not_kept(tmp_path: Path) -> None:
    metadata = told(tmp_path, "a.gguf", gguf({f"general.a{i}": "x" * 60_000 for i in range(40)}))
    assert sum(len(value) for value in entries(metadata).values()) < 2**20
    assert metadata.problems == ("it says more than is kept; the rest was not read",)


def test_importing_it_imports_no_format_and_no_framework() -> None:
    code = (
        "import sys; from maxctl.runtimes import metadata;"
        "assert not {'h5py', 'numpy', 'tensorflow', 'zlib', 'xml.parsers.expat'} & set(sys.modules), sys.modules;"
        "assert 'maxctl.runtimes.metadata.formats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
