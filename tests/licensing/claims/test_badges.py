"""Badges: what a picture's words state, and pictures whose own words contradict them."""

import pytest

from maxctl.licensing.claims import badges
from tests.licensing.claims.at_hand import known

AT = "https://img.shields.io/badge/"


def read(text):
    return badges.read(text, 1, known().lexicon, "README")


def stated(text):
    return [(s.kind.value, s.stated, tuple(map(str, s.slots))) for s in read(text).statements]


@pytest.mark.parametrize(
    ("badge", "expected"),
    [
        (f"![weights]({AT}weights-CC%20BY--NC%204.0-red)", ("grant", "CC-BY-NC-4.0", ("weights",))),
        (f"[![w]({AT}Model%20License-Llama%202-blue)](LICENSE)", ("grant", "Llama 2", ("weights",))),
        (f"![]({AT}commercial%20use-prohibited-red)", ("restriction", "commercial use is prohibited", ())),
        (f"<img alt='x' src='{AT}Code_License-Apache_2.0-green.svg'>", ("grant", "Apache-2.0", ("code",))),
        (f".. image:: {AT}weights-CC%20BY--NC%204.0-red", ("grant", "CC-BY-NC-4.0", ("weights",))),
        (f"![]({AT}Weights%20License-custom-red)", ("grant", "custom", ("weights",))),
        ("![](https://badgen.net/badge/weights/CC%20BY-NC%204.0)", ("grant", "CC-BY-NC-4.0", ("weights",))),
    ],
)
def test_a_badge_states_what_its_picture_says(badge, expected):
    assert stated(badge) == [expected]


@pytest.mark.parametrize(
    "badge",
    [
        f"![]({AT}python-3.9-blue)",
        f"![]({AT}Models-HuggingFace-yellow)",
        f"![]({AT}dataset-LibriSpeech-green)",
        f"![License: MIT]({AT}License-MIT-green)",
        f"![License]({AT}Model%20License-see%20file-green)",
        "![](https://img.shields.io/github/license/foo/bar)",
    ],
)
def test_other_badges_state_nothing_here(badge):
    found = read(badge)
    assert (found.statements, found.problems, found.text) == ((), (), badge)


def test_words_that_contradict_the_picture_are_told_and_not_read():
    badge = f"a\n\n[![License: CC BY-NC 4.0]({AT}License-MIT-green.svg)](LICENSE)"
    found = read(badge)
    assert [line for line, _ in found.problems] == [3]
    assert "NC" not in found.text
    assert len(found.text) == len(badge)
