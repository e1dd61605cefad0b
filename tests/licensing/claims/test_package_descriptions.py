"""Wordings met in the descriptions of packages that ship models, and what they are not to be taken for."""

from pathlib import PurePosixPath

import pytest

from maxctl.licensing.claims import reader
from maxctl.licensing.claims.said import Kind
from tests.licensing.claims.at_hand import granted, known, stated

BADGE = "![License](https://img.shields.io/badge/License-MIT-green.svg)"


def said(text):
    return reader.prose(PurePosixPath("README.md"), text, known()).statements


def free(text):
    """Return {slot or '': expression} of what a page grants."""
    return {
        slot: one.stated
        for one in said(text)
        if one.kind is Kind.GRANT
        for slot in ([s.value for s in one.slots] or [""])
    }


@pytest.mark.parametrize(
    "text",
    [
        "The model is a convolutional neural network with weights saved to HDF5",
        "The weights need Python 2.0 and libpng-2.0, and are shown with X11.",
        "Weights for PHP 3.0 bindings, tested with Unicode-3.0 text",
    ],
)
def test_a_program_or_a_format_is_no_license(text):
    assert stated(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The weights are under the HDF5 license.", {"weights": "HDF5"}),
        ("The code is licensed under X11.", {"code": "X11"}),
        ("Weights license: Python-2.0", {"weights": "Python-2.0"}),
    ],
)
def test_the_same_name_is_one_where_it_is_called_a_license(text, expected):
    assert granted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[Apache-2.0 code](LICENSE) · [Foo License v1.0 model weights](https://example.org/LICENSE) · [Report](x)",
        "Apache-2.0 code / modified OpenRAIL weights",
        "The package code is MIT: the model preparation includes ported\nApache-2.0-licensed code (see NOTICE).",
    ],
)
def test_a_license_of_the_code_stays_with_the_code_beside_weights_under_another(text):
    assert set(granted(text, "License")) == {"code"}


@pytest.mark.parametrize(
    "text",
    [
        "The hope is that MIT licensed phoneme converters will become competitive.",
        "Currently using MIT-licensed [gruut](https://example.org) as the phoneme converter.",
    ],
)
def test_a_permissive_license_of_some_other_thing_is_not_that_of_the_models(text):
    assert stated(text, "Pretrained models") == []


def test_a_strict_license_of_some_other_thing_is_kept():
    assert [words for _, words, _ in stated("It bundles GPL-3.0-licensed phoneme converters.", "Models")] == [
        "GPL-3.0-only"
    ]


@pytest.mark.parametrize(
    "title", ["Foo: Pretrained models for time series", "foo-models", "Foo Image Models"]
)
def test_a_badge_does_not_license_what_the_title_happens_to_name(title):
    assert free(f"# {title}\n\n{BADGE}\n") == {"": "MIT"}
    assert free(
        f'# {title}\n\n<a href="LICENSE">{BADGE}</a> ![Weights](https://img.shields.io/badge/w-x-red)\n'
    ) == {"": "MIT"}


def test_a_badge_below_a_heading_of_the_weights_alone_is_theirs():
    assert free(f"# Foo\n\n## Model weights\n\n{BADGE}\n") == {"weights": "MIT"}


def test_a_badge_and_the_address_behind_it_are_one_license():
    badge = "[![License](https://img.shields.io/badge/License-Apache_2.0-blue.svg)](https://opensource.org/licenses/Apache-2.0)"
    assert free(badge + "\n") == {"": "Apache-2.0"}


def test_a_license_and_its_short_name_are_one():
    assert granted('The code is under the Apache License, Version 2.0 (the "Apache License").') == {
        "code": "Apache-2.0"
    }


def test_a_cell_says_itself_what_its_licenses_are_for():
    table = "| Model | License |\n|---|---|\n| `foo` weights | OpenRAIL-M (weights; code Apache-2.0) |\n"
    assert free(f"# Foo\n\n{table}") == {"code": "Apache-2.0"}


@pytest.mark.parametrize(
    "text",
    [
        "It has zero strings attached - no telemetry, no keys, no registration, no built-in expiration.",
        "MIT, free and open source for any use, including commercial.",
        "You may choose either license only upon the condition that you accept all of the terms of either license.",
        "The work was funded by the Science Foundation under grant number 213585.",
    ],
)
def test_words_beside_a_license_that_limit_nothing(text):
    page = f"# Foo\n\nFoo.\n\n## License\n\nFoo and its weights are under the MIT license. {text}\n"
    assert [one.stated for one in said(page) if one.kind is Kind.RESTRICTION] == []


@pytest.mark.parametrize(
    "text",
    [
        "The models are pretrained and never fine-tuned.",
        "The encoder of the model is never modified.",
        "The model's cache is not shared across documents.",
        "Merging weights only works when a merge needs no other model.",
    ],
)
def test_what_is_done_with_a_model_limits_nobody(text):
    assert [one.stated for one in said(f"# Foo\n\n{text}\n") if one.kind is Kind.RESTRICTION] == []


@pytest.mark.parametrize(
    "text",
    [
        "The weights are only distributed to partners.",
        "The weights are not to be shared.",
        "The weights are under the Foo License (Apache 2.0 with an additional attribution requirement).",
    ],
)
def test_a_limit_in_such_words_is_one(text):
    assert any(one.kind is Kind.RESTRICTION for one in said(f"# Foo\n\n## Weights\n\n{text}\n"))
