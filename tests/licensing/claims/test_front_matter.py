"""The head of a hub's card: what it states beside its license, and what of it is not loaded."""

import pytest

from maxctl.licensing.claims import front_matter
from tests.licensing.claims.at_hand import known


def read(head):
    return front_matter.read(f"---\n{head}\n---\n# a model\n", known())


def kinds(head):
    return [(s.kind.value, s.stated) for s in read(head).statements if s.kind.value != "aside"]


@pytest.mark.parametrize(
    "more",
    [
        "tags:\n- non-commercial",
        "license_name: foonet-noncommercial",
        'extra_gated_prompt: "You agree to use the model for non-commercial research only."',
        "extra_gated_fields:\n  I agree to use this model for non-commercial use ONLY: checkbox",
        "extra_gated_prompt: Only universities may ask.",
    ],
)
def test_what_forbids_uses_beside_the_license_is_a_limit(more):
    assert {kind for kind, _ in kinds(f"license: mit\n{more}")} == {"grant", "restriction"}


@pytest.mark.parametrize(
    "more",
    [
        "tags:\n- commercial-buildings\n- pytorch",
        "license_name: MIT License",
        "license_link: LICENSE",
        "license_link: https://opensource.org/licenses/MIT",
        "extra_gated_prompt: We collect your address to send news about the model.",
        "extra_gated_fields:\n  Company: text\n  I agree to share my contact information: checkbox",
    ],
)
def test_ordinary_keys_beside_the_license_limit_nothing(more):
    assert kinds(f"license: mit\n{more}") == [("grant", "mit")]


@pytest.mark.parametrize("key", ["licence", "License", "LICENSE", "licenses"])
def test_every_spelling_of_the_key_counts(key):
    assert set(kinds(f"license: mit\n{key}: cc-by-nc-4.0")) == {("grant", "mit"), ("grant", "cc-by-nc-4.0")}


def test_a_link_to_the_license_of_another_model_is_told():
    link = "https://huggingface.co/meta-llama/Llama-2-7b/blob/main/LICENSE.txt"
    assert len(kinds(f"license: mit\nlicense_link: {link}")) == 2
    assert len(kinds(f"license: llama2\nlicense_link: {link}")) == 1


def test_a_common_name_with_terms_that_stand_elsewhere_hangs_on_them():
    assert (
        kinds("license: other\nlicense_name: mit\nlicense_link: https://foo.example/terms")[-1][0]
        == "restriction"
    )
    assert kinds("license: other\nlicense_name: deepseek\nlicense_link: LICENSE-MODEL") == [
        ("grant", "deepseek")
    ]


def test_agreeing_to_the_license_itself_adds_no_limit():
    assert kinds("license: gemma\nextra_gated_prompt: You have to agree to the usage license.") == [
        ("grant", "gemma")
    ]


@pytest.mark.parametrize(
    "head", ["license: " + "[" * 200_000, "{" * 100_000, "a: &a [1]\nb: *a", "- " * 50_000]
)
def test_what_is_made_to_break_readers_is_told(head):
    assert read(head).problems
