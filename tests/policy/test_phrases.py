import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.knowledge_at_hand import knowledge


def named(text):
    return [entry.id for entry, _, _ in knowledge().named_in(text)]


@pytest.mark.parametrize(
    ("text", "license_id"),
    [
        ("under the Mistral AI Research License.", "mistral-research"),
        ("the Llama 3.1 Community License Agreement", "llama3.1"),
        ("the LLAMA 3.2 COMMUNITY\n> LICENSE AGREEMENT", "llama3.2"),
        ("[Meta Llama 3 Community License](LICENSE)", "llama3"),
        ("governed by the **Gemma Terms of Use**", "gemma"),
        ("CreativeML Open RAIL-M", "creativeml-openrail-m"),
        ("CreativeML OpenRAIL-M license", "creativeml-openrail-m"),
        ("CreativeML Open RAIL++-M License", "openrail++-m"),
        ("GPT-2 is under a Modified MIT License", "gpt2-modified-mit"),
        ("Modified MIT License. Kimi K2 shall be shown", "kimi-modified-mit"),
        ("NVIDIA Source Code License for StyleGAN3", "nvidia-nc"),
        ("Built with Llama", "llama3.1"),
        ("Built with Meta Llama 3", "llama3"),
        ("AI2 ImpACT License - Medium Risk", "ai2-impact"),
        ("FAIR Noncommercial Research License", "fair-nc-research"),
        ("FAIR Non-Commercial Research Licence", "fair-nc-research"),
        ("Stability AI Community License", "stability-community"),
        ("Stability AI Non-Commercial Research Community License", "stability-nc"),
        ("the OpenPose license", "openpose-nc"),
        ("S-Lab License 1.0", "s-lab-1.0"),
        ("`FLUX.1 [dev]` Non-Commercial License", "flux-1-dev-nc"),
        ("the Qwen Research License", "qwen-research"),
        ("FAIR-AI-Public-License-1.0-SD", "fair-ai-public-1.0-sd"),
        ("the Fair AI Public License 1.0", "fair-ai-public-1.0"),
    ],
)
def test_a_license_is_known_by_its_title(text, license_id):
    assert named(text) == [license_id]


@pytest.mark.parametrize(
    "text",
    [
        "Modified MIT License",  # of GPT-2 or of Kimi: nothing says which
        "we compare with Llama 3. License: MIT",
        "Llama 3\n\nLicense",
        "gemma licensed",
        "the ultragemma license",
        "Apache License, Version 2.0",
        "built with llamas",
        "the MNPL2 text",
        "4CPML",
        "fair",
        "",
    ],
)
def test_words_that_do_not_surely_name_a_license_name_none(text):
    assert named(text) == []


def test_the_model_named_beside_says_which_version():
    assert named("Built with Llama. Fine-tuned from Llama-3.3-70B.") == ["llama3.3"]
    assert named("Llama 4 is new." + " x" * 50 + " Built with Llama, from Llama 3.2") == ["llama3.2"]


def test_the_longest_title_wins_and_each_place_counts_once():
    text = "Fair AI Public License 1.0-SD, and the Gemma License"
    found = knowledge().named_in(text)
    assert [(entry.id, text[start:end]) for entry, start, end in found] == [
        ("fair-ai-public-1.0-sd", "Fair AI Public License 1.0-SD"),
        ("gemma", "Gemma License"),
    ]


def test_no_title_surely_names_two_licenses():
    sure = [phrase for entry in knowledge().licenses for phrase in entry.phrases]
    assert len(sure) == len(set(sure))
    for entry in knowledge().licenses:
        for phrase in entry.phrases:
            assert named(phrase) == [entry.id]


@example("İİ", "Gemma Terms of Use", "İ")
@given(st.text(max_size=80), st.sampled_from(["Gemma Terms of Use", "Mistral Research License"]), st.text())
def test_places_are_those_of_the_text_whatever_stands_around(before, title, after):
    text = f"{before}\n\n{title}\n\n{after}"
    found = [text[start:end] for _, start, end in knowledge().named_in(text)]
    assert title in found


def test_a_long_text_is_read_in_no_time():
    text = "The model and its weights are built with care; Llama 3.1 is not open. " * 3000
    start = time.perf_counter()
    assert named(text) == []
    assert time.perf_counter() - start < 1
