"""Lists below `trained on the following:` say what the data are, whatever their items look like."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import reader
from maxctl.licensing.claims.said import Role
from tests.licensing.claims.at_hand import known


def training(lead: str, *items: str, marker: str = "- ") -> list[tuple[str, str | None]]:
    text = (
        f"# Model\n\n{lead}\n\n"
        + "\n".join(f"{marker}{item}" for item in items)
        + "\n\nThen something else.\n"
    )
    heard = reader.prose(PurePosixPath("README.md"), text, known())
    return [(one.name, one.known) for one in heard.data if one.role is Role.TRAINING]


@pytest.mark.parametrize(
    "lead",
    [
        "The model was trained on the following datasets:", "`tool` is trained on a combined dataset from 2 sources:",
        "We trained the model on:", "Training data sources:", "The data it was fine-tuned on:",
        "Trained with data from:", "**The network learned from these corpora:**",
    ],
)  # fmt: skip
@pytest.mark.parametrize("marker", ["- ", "* ", "1. ", "  - "])
def test_each_item_below_a_training_sentence_is_training_data(lead: str, marker: str) -> None:
    assert training(lead, "COCO", "**LibriSpeech** (960 hours)", marker=marker) == [
        ("COCO", "coco"), ("LibriSpeech", "librispeech"),
    ]  # fmt: skip


def test_a_set_that_nobody_knows_is_told_by_its_own_words() -> None:
    lead = "`tool` is trained on a combined dataset from 2 sources:"
    items = (
        "[t-davidson/hate-speech](https://github.com/t-davidson/hate-speech/tree/master/data), used in their paper",
        "the [Toxic Comment Classification Challenge](https://www.kaggle.com/c/jigsaw-toxic/data) on Kaggle.",
        "small notes of friends",
    )
    assert training(lead, *items) == [
        ("t-davidson/hate-speech", None), ("Toxic Comment Classification", "jigsaw-toxic"),
        ("jigsaw-toxic", "jigsaw-toxic"), ("small notes of friends", None),
    ]  # fmt: skip


def test_an_address_of_another_set_than_its_label_says_is_told_too() -> None:
    lead = "The model was trained on the following datasets:"
    item = "[LibriSpeech](https://huggingface.co/datasets/somebody/other-speech)"
    assert training(lead, item) == [("LibriSpeech", "librispeech"), ("somebody/other-speech", None)]


def test_what_data_come_from_is_no_model_that_others_began_from() -> None:
    text = "# Tool\n\nIt is trained on a combined dataset from:\n\n- [a-person/hate-speech](https://x.org)\n"
    assert reader.prose(PurePosixPath("README.md"), text, known()).bases == ()


@pytest.mark.parametrize(
    ("lead", "items"),
    [
        ("Trained with the following hyperparameters:", ("Adam, lr 1e-4", "COCO warmup of 10")),
        ("You can train on the following datasets:", ("COCO", "ImageNet")),
        ("To train on your own data, use one of these formats:", ("COCO", "ImageNet")),
        ("The model was evaluated on the following datasets:", ("COCO", "ImageNet")),
        ("The model was not trained on the following datasets:", ("COCO", "ImageNet")),
        ("Scripts to train on data:", ("COCO", "ImageNet")),
    ],
)
def test_other_lists_are_no_training_data(lead: str, items: tuple[str, ...]) -> None:
    assert training(lead, *items) == []


def test_a_list_ends_where_another_sentence_stands() -> None:
    lead = "It was trained on the following datasets:\n\n- LibriSpeech\n\nIt also reads files of these kinds:"
    assert training(lead, "COCO", "ImageNet") == [("LibriSpeech", "librispeech")]
