"""GGUF: versions, byte orders, and values of every type."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtimes.metadata.samples import GENERAL, entries, gguf, told

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1).filter(str.strip)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [2, 3])
def test_license_base_model_and_datasets_are_read(tmp_path: Path, version: int, order: str) -> None:
    metadata = told(tmp_path, "m.gguf", gguf(GENERAL, version, order))
    assert entries(metadata) == {
        "general.architecture": "llama",
        "general.license": "llama3.1",
        "general.license.link": "https://example.org/LICENSE",
        "general.base_model.count": "1",
        "general.base_model.0.repo_url": "https://huggingface.co/meta-llama/Llama-3.1-8B",
        "general.datasets": "coco\nimagenet-1k",
        "llama.rope.scaling.type": "yarn",
    }
    assert metadata.problems == ()


@quick
@given(
    st.dictionaries(
        texts.map(lambda text: f"general.{text}"[:200].strip()), st.one_of(texts, st.lists(texts))
    )
)
def test_what_is_written_is_read(tmp_path: Path, pairs: dict[str, str | list[str]]) -> None:
    written = {key: value if isinstance(value, str) else "\n".join(value) for key, value in pairs.items()}
    metadata = told(tmp_path, "m.gguf", gguf(pairs))
    assert entries(metadata) == {key: value for key, value in written.items() if value}


def test_values_of_every_type_are_stepped_over(tmp_path: Path) -> None:
    widths = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
    pairs = {f"llama.{kind}": (kind, b"\1" * width) for kind, width in widths.items()}
    pairs |= {
        f"llama.list.{kind}": (9, struct.pack("<IQ", kind, 3) + b"\1" * 3 * width)
        for kind, width in widths.items()
    }
    nested = struct.pack("<IQ", 9, 2) + 2 * (struct.pack("<IQ", 8, 1) + struct.pack("<Q", 2) + b"ab")
    metadata = told(tmp_path, "m.gguf", gguf({**pairs, "nested": (9, nested), "general.license": "mit"}))
    assert entries(metadata) == {"general.license": "mit"}
    assert metadata.problems == ()


def test_a_license_behind_a_large_vocabulary_is_found(tmp_path: Path) -> None:
    tokens = {"tokenizer.ggml.tokens": [f"token {i}" for i in range(100_000)]}
    assert entries(told(tmp_path, "m.gguf", gguf({**tokens, "general.license": "mit"}))) == {
        "general.license": "mit"
    }


def test_the_first_version_is_refused_by_name(tmp_path: Path) -> None:
    assert told(tmp_path, "m.gguf", gguf({}, version=1)).problems == ("version 1 of GGUF is not read",)


def test_an_unknown_type_ends_the_reading_and_keeps_what_came_before(tmp_path: Path) -> None:
    metadata = told(tmp_path, "m.gguf", gguf({"general.license": "mit", "x": (99, b""), "general.name": "n"}))
    assert entries(metadata) == {"general.license": "mit"}
    assert metadata.problems == ("a value is of the unknown type 99",)
