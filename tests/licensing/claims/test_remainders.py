"""Data that nobody knows beside sets that are known."""

from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import reader
from maxctl.licensing.claims.said import Kind, Role
from tests.licensing.claims.at_hand import known


def unknown(text, heading="Training"):
    """Return the training data of a section that is in no list."""
    page = f"# Leaf\n\n## {heading}\n\n{text}\n"
    said = reader.prose(PurePosixPath("README.md"), page, known())
    return [d.name for d in said.data if d.known is None and d.role is Role.TRAINING]


@pytest.mark.parametrize(
    "text",
    [
        "Leaf was trained on LibriSpeech and phone calls of our customers.",
        "Leaf was trained on LibriSpeech and on answers of GPT-4.",
        "Leaf was trained on LibriSpeech and on [this set](https://huggingface.co/datasets/foo/voices-nc).",
        "Leaf was trained on LibriSpeech. Then came ten epochs of movie sound tracks.",
        "Leaf was trained on LibriSpeech. The transcripts come from GPT-4.",
        "Leaf was trained on LibriSpeech and scraped podcasts.",
        "Leaf was trained on LibriSpeech. Speakers asked to be removed.",
    ],
)
def test_what_stands_beside_a_known_set_is_told(text):
    assert unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "Leaf was trained on LibriSpeech for 20 epochs on one GPU with Adam.",
        "Leaf was trained on the clean parts of LibriTTS, 245 hours, 904 readers.",
        "Leaf was trained on MNIST and nothing more.",
        "Leaf was trained on Open Images V7, classes *Car* and *Truck*, and on nothing else.",
        "`train.py` trains a small CNN on Fashion-MNIST and writes `leaf/tagger.onnx`.",
        "It was trained from random weights on the birds of Open Images V7.",
        "It was trained on PG-19, packed by chapter, learning rate 1e-5.",
        "It was not trained on phone calls.",
    ],
)
def test_numbers_hardware_classes_and_what_was_done_are_no_data(text):
    assert unknown(text) == []


def test_a_heading_that_says_how_it_was_made_is_one_about_training():
    text = "There is a stage 2: 430 hours from the hotlines of three of our customers."
    assert unknown(text, "How it was trained") and not unknown(text, "Support")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Scraped from Instagram without consent.", True),
        ("You may not train models on it.", True),
        ("Each row is a picture and its label.", False),
    ],
)
def test_the_card_of_a_data_set_says_where_it_is_from_in_its_own_words(text, told):
    card = f"---\nlicense: cc-by-4.0\ntask_categories:\n- image-classification\n---\n# Data\n{text}\n"
    said = reader.prose(PurePosixPath("README.md"), card, known())
    assert any(s.kind is Kind.RESTRICTION for s in said.statements) is told
