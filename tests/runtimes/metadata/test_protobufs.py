"""ONNX, SavedModel and Core ML: their texts are read, their graphs are not."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxctl.runtimes.metadata import read
from tests.runtimes.metadata.samples import coreml, entries, message, onnx, pair, saved_model, told, varint

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=300).filter(
    str.strip
)


@quick
@given(st.dictionaries(texts.map(lambda text: text[:100]), texts, max_size=5))
def test_the_properties_of_onnx_are_read_as_written(tmp_path: Path, properties: dict[str, str]) -> None:
    metadata = told(tmp_path, "m.onnx", onnx(properties))
    assert entries(metadata) == {
        "producer_name": "pytorch",
        "producer_version": "2.3.1",
        "domain": "org.example",
        "doc_string": "Finds cats.",
        **{f"metadata_props.{key}": value for key, value in properties.items()},
    }
    assert metadata.problems == ()


def test_a_graph_of_two_gigabytes_is_jumped_over(tmp_path: Path) -> None:
    size = 2**31 - 2**20
    head = message((2, "pytorch")) + varint(7 << 3 | 2) + varint(size)
    with (tmp_path / "m.onnx").open("wb") as file:
        file.write(head)
        file.seek(size, 1)  # a hole: the file system keeps no zeros
        file.write(message((14, pair("license", "MIT"))))
    metadata = read(tmp_path / "m.onnx")
    assert metadata is not None
    assert entries(metadata) == {"producer_name": "pytorch", "metadata_props.license": "MIT"}


def test_a_property_that_stands_twice_is_told_twice(tmp_path: Path) -> None:
    data = message((14, pair("license", "MIT")), (14, pair("license", "GPL-3.0-only")))
    assert [entry.value for entry in told(tmp_path, "m.onnx", data).entries] == ["MIT", "GPL-3.0-only"]


def test_each_graph_of_a_saved_model_tells_its_tags_and_version(tmp_path: Path) -> None:
    data = saved_model(("serve", "tpu"), "2.12.0") + saved_model((), "1.15.0")
    told_ = [(entry.key, entry.value) for entry in told(tmp_path, "saved_model.pb", data).entries]
    assert told_ == [
        ("tensorflow_version", "2.12.0"), ("tags", "serve tpu"), ("tensorflow_version", "1.15.0"),
    ]  # fmt: skip


def test_core_ml_tells_author_license_and_what_the_user_defined(tmp_path: Path) -> None:
    assert entries(told(tmp_path, "m.mlmodel", coreml("CC BY-NC 4.0", url="https://example.org"))) == {
        "shortDescription": "Finds cats.",
        "author": "Ada",
        "license": "CC BY-NC 4.0",
        "userDefined.url": "https://example.org",
    }


def test_a_malformed_buffer_says_what_is_wrong(tmp_path: Path) -> None:
    metadata = told(tmp_path, "m.onnx", message((2, "x")) + b"\x0b")
    assert entries(metadata) == {"producer_name": "x"}
    assert metadata.problems == ("the protocol buffer is malformed: wire type 3 is not in use",)
