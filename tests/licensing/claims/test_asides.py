"""What is said aside takes a grant back, and a limit of our own hardly ever."""

import pytest

from tests.licensing.claims.at_hand import granted, stated

NC = {"weights": "CC-BY-NC-4.0"}


@pytest.mark.parametrize(
    "text",
    [
        "Unlike the code, the weights are licensed under CC BY-NC 4.0.",
        "Some of the weights are licensed under CC BY-NC 4.0.",
        "We use CC BY-NC 4.0 for the weights.",
        "This project uses the CC BY-NC 4.0 license for the weights.",
        "Unless stated otherwise, the weights are CC BY-NC 4.0.",
        "The weights were released under CC BY-NC 4.0.",
        "The weights are no longer MIT but CC BY-NC 4.0.",
    ],
)
def test_a_license_that_forbids_uses_counts_for_our_own_weights(text):
    assert granted(text, "Weights").items() >= NC.items()


@pytest.mark.parametrize(
    "text",
    [
        "We do not allow commercial use.",
        "The weights license does not permit commercial use.",
        "The weights license permits noncommercial use only.",
        "No one is permitted to use the weights in commercial products.",
        "Commercial use of the code is allowed, the weights are for non-commercial use only.",
        "The weights, built with PyTorch, are for non-commercial use only.",
        "As with most models, the weights are for non-commercial use only.",
        "As the paper says, these are for non-commercial use only.",
        'The weights are released for "non-commercial use only".',
        "FooNet-L is CC BY-NC 4.0.",
    ],
)
def test_a_limit_stands_whatever_permission_comparison_or_quotation_is_near(text):
    assert "restriction" in {kind for kind, _, _ in stated(text, "License")}


@pytest.mark.parametrize(
    "text",
    [
        "Unlike BarNet, which is for research only, our weights may be used by everyone.",
        "Most strong checkpoints are for non-commercial use only.",
        "In this field the weights are usually for research purposes only.",
        "The weights were previously for research only.",
        "The weights are free for commercial and non-commercial use.",
    ],
)
def test_what_is_said_of_rivals_or_of_the_past_limits_nothing(text):
    assert stated(text, "About") == []


def test_a_license_that_is_denied_of_the_weights_does_not_reach_them():
    assert [(kind, slots) for kind, _, slots in stated("The weights are not MIT.", "License")] == [
        ("exclusion", ("weights",))
    ]


def test_what_a_license_was_is_a_reason_to_ask():
    assert [kind for kind, _, _ in stated("The weights were CC BY-NC 4.0.", "License")] == ["restriction"]
