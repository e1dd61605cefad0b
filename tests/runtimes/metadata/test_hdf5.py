"""HDF5 attributes, read without the HDF5 library, against what h5py writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.runtimes.metadata import Metadata, read
from tests.runtimes.metadata.samples import entries

h5py: Any = pytest.importorskip("h5py")
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=200).filter(
    str.strip
)
CONFIG = {"class_name": "Sequential", "config": {"name": "cats", "layers": ["x" * 30_000]}}


def written(path: Path, attributes: dict[str, Any], libver: str = "earliest") -> Metadata:
    with h5py.File(path / "m.h5", "w", libver=libver) as file:
        for key, value in attributes.items():
            file.attrs[key] = value
        file.create_group("model_weights").create_dataset("kernel", data=[1.0, 2.0])
    metadata = read(path / "m.h5")
    assert metadata is not None
    return metadata


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "latest"])
def test_keras_attributes_are_read_in_every_version_of_the_format(tmp_path: Path, libver: str) -> None:
    import numpy as np

    metadata = written(
        tmp_path,
        {
            "keras_version": "2.15.0",
            "backend": np.bytes_(b"tensorflow"),
            "model_config": json.dumps(CONFIG),
            "license": "CC BY-NC 4.0",
            "authors": ["Ada", "Grace"],
            "fixed": np.array([b"one", b"two"]),
            "layer_names": np.array([b"dense_1"]),
            "steps": 12,
        },
        libver,
    )
    assert entries(metadata) == {
        "keras_version": "2.15.0",
        "backend": "tensorflow",
        "config.class_name": "Sequential",
        "config.name": "cats",
        "license": "CC BY-NC 4.0",
        "authors": "Ada\nGrace",
        "fixed": "one\ntwo",
    }
    assert metadata.problems == ()


@quick
@given(st.dictionaries(texts.map(lambda text: text[:100].replace("/", "_")), texts, max_size=7))
def test_what_h5py_writes_is_read(tmp_path: Path, attributes: dict[str, str]) -> None:
    assert entries(written(tmp_path, attributes)) == attributes


def test_attributes_in_a_heap_of_their_own_are_told_as_unread(tmp_path: Path) -> None:
    metadata = written(tmp_path, {f"a{i}": "x" for i in range(20)}, "latest")
    assert metadata.problems == ("it has many or large attributes in a heap, which is not read",)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_file_that_is_cut_or_changed_never_raises(tmp_path: Path, libver: str) -> None:
    written(tmp_path, {"license": "MIT", "model_config": json.dumps(CONFIG)}, libver)
    data = (tmp_path / "m.h5").read_bytes()
    for place in range(0, min(len(data), 1500), 3):
        for changed in (data[:place], data[:place] + b"\xff" + data[place + 1 :]):
            (tmp_path / "m.h5").write_bytes(changed)
            read(tmp_path / "m.h5")
