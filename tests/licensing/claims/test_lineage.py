"""Base models in prose, tables and tags: what this was made from, told apart from what it is compared with."""

from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import reader
from tests.licensing.claims.at_hand import known


def bases(text, name="README.md"):
    """Return (known id or name, relation) of the models that a document says this was made from."""
    said = reader.prose(PurePosixPath(name), text, known())
    return [(base.known or base.name, base.relation) for base in said.bases]


def page(text):
    return f"# Leaf\n\nLeaf segments leaves.\n\n## Model\n\n{text}\n"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("We fine-tuned YOLOv8n on 5,200 pictures.", "yolov8"),
        ("This is Llama-3.1-8B in 4 bit.", "llama-3.1"),
        ("We went on from where NLLB-200 had stopped.", "nllb"),
        ("Base: Qwen2.5-3B", "qwen2.5-3b"),
        ("The student was trained on answers of Llama 2.", "llama-2"),
        ("It was initialized\nfrom NLLB-200 and trained for nine epochs.", "nllb"),
        ("| | |\n|---|---|\n| Base model | meta-llama/Llama-2-7b-hf |\n| Epochs | 3 |", "llama-2"),
    ],
)  # fmt: skip
def test_a_model_that_this_was_made_from_is_found_however_it_is_told(text, model):
    found = [name for name, _ in bases(page(text))]
    assert any(model in name or name in model for name in found), found


@pytest.mark.parametrize(
    "text",
    [
        "Leaf is faster than YOLOv8n.",
        "You can fine-tune Llama 2 with this library.",
        "Compared with NLLB-200, it is small.",
        "Inspired by Llama 2.",
        "It exports to the format of YOLOv8.",
        "It was not fine-tuned from Llama 2.",
    ],
)
def test_a_model_that_is_only_spoken_of_is_no_base(text):
    assert bases(page(text)) == []


def test_tables_of_rivals_name_no_base():
    table = "| network | initialised from |\n|---|---|\n| ViT-B | facebook/nllb-200-distilled-600M |"
    assert bases(f"# Leaf\n\n## How it compares\n\n{table}\n") == []
    assert bases(f"# Leaf\n\n## Checkpoints\n\n{table}\n") != []


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("base_model:\n  name: meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-7b-hf"),
        ("tags:\n- base_model:adapter:black-forest-labs/FLUX.1-dev", "black-forest-labs/FLUX.1-dev"),
        ("tags:\n- base_model:meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-7b-hf"),
    ],
)
def test_a_hub_card_names_its_base_as_a_mapping_or_in_a_tag(front, expected):
    assert expected in [name for name, _ in bases(f"---\nlicense: mit\n{front}\n---\n# Leaf\nA model.\n")]


def test_a_recipe_of_a_merge_in_a_card_names_its_models():
    recipe = (
        "```yaml\nmodels:\n  - model: meta-llama/Llama-2-7b-hf\n  - model: foo/bar\nmerge_method: slerp\n```"
    )
    named = bases(f"# Leaf\n\n{recipe}\n")
    assert ("meta-llama/Llama-2-7b-hf", "merge") in named and ("foo/bar", "merge") in named


@pytest.mark.parametrize(
    ("path", "found"), [("configs/vit.yaml", True), ("configs/baselines/vit.yaml", False)]
)
def test_the_configuration_of_training_names_the_model_to_begin_with(path, found):
    from maxctl.licensing.claims import code

    said = code.read(PurePosixPath(path), "cfg:\n  dim: 768\n  init: facebook/vit-mae-base\n", known())
    assert bool(said.bases) is found
