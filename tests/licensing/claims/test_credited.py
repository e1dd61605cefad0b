"""Credits of samples that name who made them, and no license."""

from pathlib import PurePosixPath

import pytest

from maxctl.core.slot import Slot
from maxctl.licensing.claims import reader
from maxctl.licensing.claims.said import Kind
from tests.licensing.claims.at_hand import known


def asked_about(text):
    """Return the samples that somebody has to be asked about."""
    said = reader.prose(PurePosixPath("README.md"), f"# Samples\n\n{text}\n", known())
    return [s.about for s in said.statements if s.kind is Kind.RESTRICTION and s.slots == (Slot.SAMPLES,)]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("Pictures are CC0. a.png is (c) Getty Images.", "a.png"),
        ("The samples are MIT. song.mp3 is by Queen.", "song.mp3"),
        ("`clips/scene.mp4`: still from the film, courtesy of the studio.", "scene.mp4"),
    ],
)
def test_a_sample_with_a_holder_and_no_license_is_asked_about(text, file):
    assert asked_about(text) == [file]


@pytest.mark.parametrize(
    "text",
    [
        "a.png is by Ann Lee, CC0.",
        "a.png is the input, b.png the output.",
        "Run `leaf a.png` and compare it with Leaf by Ann.",
        "a.png (c) Ann Lee, CC BY 4.0",
    ],
)
def test_a_credit_with_a_license_and_a_mere_mention_are_not(text):
    assert asked_about(text) == []
