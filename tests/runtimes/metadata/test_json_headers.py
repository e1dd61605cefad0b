"""safetensors and TensorFlow.js, and the search for one value in JSON beneath both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.runtimes.metadata import json_text
from maxctl.runtimes.metadata.source import DamagedError
from tests.runtimes.metadata.samples import TFJS, entries, safetensors, told

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def test_the_metadata_of_safetensors_is_read_wherever_it_stands(tmp_path: Path) -> None:
    tensor = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    header = {"__metadata__x": tensor, "__metadata__": {"license": "MIT", "format": "pt"}, "z": tensor}
    for text in (
        json.dumps(header),
        json.dumps(header, indent=1),
        json.dumps(dict(reversed(header.items()))),
    ):
        assert entries(told(tmp_path, "m.safetensors", safetensors(text.encode()))) == {
            "__metadata__.license": "MIT",
            "__metadata__.format": "pt",
        }


def test_metadata_inside_a_tensor_is_not_the_files(tmp_path: Path) -> None:
    header = {"a": {"__metadata__": {"license": "MIT"}}, "b": '"__metadata__": {"license": "MIT"}'}
    metadata = told(tmp_path, "m.safetensors", safetensors(header))
    assert (metadata.entries, metadata.problems) == ((), ())


def test_a_key_that_stands_twice_is_told_twice(tmp_path: Path) -> None:
    header = b'{"__metadata__": {"license": "MIT", "license": "GPL-3.0-only"}}'
    told_ = told(tmp_path, "m.safetensors", safetensors(header)).entries
    assert [entry.value for entry in told_] == ["MIT", "GPL-3.0-only"]


def test_metadata_that_is_no_text_is_shown_as_it_stands(tmp_path: Path) -> None:
    header = {"__metadata__": {"n": 12345678901234567890, "tags": ["a", None]}}
    assert entries(told(tmp_path, "m.safetensors", safetensors(header))) == {
        "__metadata__.n": "12345678901234567890",
        "__metadata__.tags": '["a", null]',
    }


@pytest.mark.parametrize("header", [b"[]", b"null", b'{"__metadata__": 7}', b'{"__metadata__": {"a": }}'])
def test_a_header_that_is_no_object_is_a_problem(tmp_path: Path, header: bytes) -> None:
    metadata = told(tmp_path, "m.safetensors", safetensors(header))
    assert metadata.entries == ()
    assert len(metadata.problems) == 1


def test_a_tensorflow_js_model_tells_its_maker_and_its_users_metadata(tmp_path: Path) -> None:
    assert entries(told(tmp_path, "model.json", TFJS)) == {
        "format": "graph-model",
        "generatedBy": "2.4.1",
        "convertedBy": "TensorFlow.js Converter v3.4.0",
        "userDefinedMetadata.license": "Apache-2.0",
    }


def test_a_tensorflow_js_layers_model_tells_its_name(tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": {"name": "cats"}}
    data = json.dumps({"modelTopology": {"model_config": config}, "weightsManifest": []}).encode()
    assert entries(told(tmp_path, "model.json", data)) == {
        "config.class_name": "Sequential",
        "config.name": "cats",
    }


@given(st.dictionaries(st.text(max_size=6), values, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_a_value_is_found_as_a_parser_would(
    document: dict[str, Any], ascii_: bool, indent: int | None
) -> None:
    data = json.dumps(document, ensure_ascii=ascii_, indent=indent).encode("utf-8", errors="surrogatepass")
    for key, value in document.items():
        if key.isascii() and key.isprintable():
            found = json_text.find(data, key)
            assert found is not None
            assert json.loads(found) == value
    assert json_text.find(data, "no such key") is None


@given(st.text(max_size=200))
def test_any_text_is_searched_without_another_error(text: str) -> None:
    for data in (text.encode(errors="replace"), b'{"a": ' + text.encode(errors="replace")):
        try:
            json_text.string(data, "a", "b")
        except DamagedError:
            continue
