"""What is known of base models, and how a name finds it."""

import itertools
import time
from collections import Counter
from functools import cache

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from maxctl.policy import spdx
from maxctl.policy.base_models import BaseModels, BaseModelsFile, KnownModel, fold
from tests.policy.knowledge_at_hand import FOLDER, catalog, knowledge


@cache
def models() -> BaseModels:
    return BaseModels.load(FOLDER / "base_models.yaml")


def found(name: str) -> str | None:
    entry = models().find(name)
    return entry.id if entry else None


def named(text: str) -> list[tuple[str, str]]:
    return [(entry.id, text[start:end]) for entry, start, end in models().mentioned(text)]


def test_the_license_of_each_model_is_known_or_its_absence_is_explained():
    stated = {spdx.NON_COMMERCIAL, spdx.RESEARCH_ONLY}  # what a sentence says where no license is named
    for entry in models().known:
        if entry.license is None:
            assert entry.note, entry.id
            continue
        for license_id in spdx.ids(entry.license):
            known = catalog().canonical(license_id) == license_id or knowledge().find(license_id)
            assert known or license_id in stated, (entry.id, license_id)


def test_no_name_means_two_models_and_no_pattern_stands_twice():
    names = Counter(
        name
        for entry in models().known
        for name in {fold(name) for name in (entry.id, *entry.aliases, *entry.aliases_structured_only)}
    )
    patterns = Counter(pattern for entry in models().known for pattern in entry.patterns)
    assert [name for name, count in (names + patterns).items() if count > 1 and "*" in name] == []
    assert [name for name, count in names.items() if count > 1] == []
    assert [pattern for pattern, count in patterns.items() if count > 1] == []


def test_owners_and_patterns_are_written_as_they_are_compared():
    for entry in models().known:
        assert all(owner == owner.lower() and "/" not in owner for owner in entry.owners), entry.id
        assert all(pattern == fold(pattern) and "/" not in pattern for pattern in entry.patterns), entry.id


def test_each_entry_has_its_source():
    assert len(models().known) >= 60
    assert all(entry.source.strip() for entry in models().known)


def test_an_unknown_key_is_refused():
    data = yaml.safe_load((FOLDER / "base_models.yaml").read_text(encoding="utf-8"))
    data["models"][0]["licence"] = "MIT"
    with pytest.raises(ValidationError, match="licence"):
        BaseModelsFile.model_validate(data)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1"),
        ("https://huggingface.co/meta-llama/Llama-3.1-8B", "llama-3.1"),
        ("https://huggingface.co/meta-llama/Llama-3.1-8B/tree/main?x=1", "llama-3.1"),
        ("Llama 3.1 8B Instruct", "llama-3.1"),
        ("meta-llama/Meta-Llama-3-8B", "llama-3"),
        ("google/gemma-2-9b-it", "gemma"),
        ("google/gemma-4-E4B-it", "gemma-4"),
        ("stabilityai/stable-diffusion-3.5-medium", "stable-diffusion-3"),
        ("black-forest-labs/FLUX.1-dev", "flux-1-dev"),
        ("Ultralytics/YOLOv8", "yolov8"),
        ("yolov8n.pt", "yolov8"),
        ("openai/whisper-large-v3", "whisper"),
        ("bert_base_uncased", "bert"),
    ],
)
def test_a_hub_id_an_address_and_a_spelled_name_find_their_model(name: str, model: str):
    assert found(name) == model


@pytest.mark.parametrize(
    ("name", "license_id"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "Apache-2.0"),
        ("Qwen/Qwen2.5-3B-Instruct", "LicenseRef-maxctl-qwen-research"),
        ("Qwen/Qwen2.5-72B", "LicenseRef-scancode-qwen-2024"),
        ("Qwen2.5", None),
        ("depth-anything/Depth-Anything-V2-Small-hf", "Apache-2.0"),
        ("depth-anything/Depth-Anything-V2-Large", "CC-BY-NC-4.0"),
        ("Depth Anything V2", "CC-BY-NC-4.0"),
        ("facebook/encodec_32khz", "CC-BY-NC-4.0"),
        ("deepseek-ai/DeepSeek-R1", "MIT"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "LicenseRef-scancode-llama-3.1-license-2024 AND MIT"),
    ],
)
def test_sizes_and_variants_of_a_family_have_their_own_licenses(name: str, license_id: str | None):
    entry = models().find(name)
    assert entry is not None
    assert entry.license == license_id


@pytest.mark.parametrize(
    "name", ["evil/Qwen2.5-7B", "someone/whisper", "nimbus-lab/cirrus-13b", "Llama-3.9", ""]
)
def test_what_others_publish_and_other_versions_are_unknown(name: str):
    assert found(name) is None


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("whisper-large-v3-turbo", "whisper"),
        ("whisper-small-hindi", None),
        ("openai/whisper-small.en", "whisper"),
        ("Mistral-7B-Instruct-v0.3", "mistral-apache"),
        ("mistral-7b-openorca", None),
        ("Qwen3-30B-A3B-Instruct-2507", "qwen3"),
        ("dinov2-with-registers-base", "dinov2"),
        ("llama-2-7b-medical", "llama-2"),
        ("flux.1-dev-anime", "flux-1-dev"),
    ],
)
def test_a_name_without_an_owner_is_a_strangers_derivative_unless_the_license_binds_that_too(
    name: str, model: str | None
):
    assert found(name) == model


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fine-tuned from Llama 3 on cats.", [("llama-3", "Llama 3")]),
        ("fine-tuned from Llama 3.1.", [("llama-3.1", "Llama 3.1")]),
        ("fine-tuned from Llama 3.9", []),
        ("starts at Qwen2.5-72B-Instruct, then", [("qwen2.5-72b", "Qwen2.5-72B-Instruct")]),
        ("starts at meta-llama/Llama-3-8B.", [("llama-3", "Llama-3-8B")]),
        ("starts at evil/Llama-3-8B.", []),
        ("starts at bert-base-uncased-finetuned-squad", []),
        ("a Llama-2-based model", [("llama-2", "Llama-2")]),
        ("from FLUX.1 [dev], quantized", [("flux-1-dev", "FLUX.1 [dev]")]),
        (
            "from Depth Anything V2 (Small) weights",
            [("depth-anything-v2-small", "Depth Anything V2 (Small)")],
        ),
        ("see [YOLOv8](https://example.org) for it", [("yolov8", "YOLOv8")]),
        ("YOLOv5/YOLOv8 weights", [("yolov5", "YOLOv5"), ("yolov8", "YOLOv8")]),
        ("Segment Anything and SAM 2", [("sam", "Segment Anything"), ("sam-2", "SAM 2")]),
        ("a clip of Sam in the falcon's nest, bert said", []),
    ],
)
def test_names_in_prose_are_found_whole_or_not_at_all(text: str, names: list[tuple[str, str]]):
    assert named(text) == names


def test_each_alias_finds_its_entry_in_a_field_and_in_prose():
    for entry in models().known:
        for alias in entry.aliases:
            assert found(alias) == entry.id
            assert named(f"It is fine-tuned from {alias}, with care.") == [(entry.id, alias)]


def test_of_several_patterns_the_one_that_says_most_decides():
    def model(id_: str, pattern: str) -> KnownModel:
        return KnownModel(
            id=id_, license="MIT", aliases=(), patterns=(pattern,), source="s", evidence="known"
        )

    both = [model("family", "cirrus-*"), model("size", "cirrus-13b*")]
    for order in (both, both[::-1]):
        assert [
            getattr(BaseModels(order).find(name), "id", None) for name in ("cirrus-13b-chat", "cirrus-7b")
        ] == [
            "size",
            "family",
        ]


def test_long_runs_of_letters_cost_little():
    began = time.process_time()
    assert named("a" * 300_000 + " Llama 3") == [("llama-3", "Llama 3")]
    named("llama-3-" * 30_000)
    assert time.process_time() - began < 10  # measured: 0.3; without limits minutes


@given(st.text(max_size=80))
def test_any_text_is_searched_and_places_stand_in_order(text: str):
    places = [(start, end) for _, start, end in models().mentioned(text)]
    assert all(start < end for start, end in places)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))
    models().find(text)
