"""No character is left out with which a match may begin."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.adapters.scancode.first_characters import ALL, first_characters


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [
        ("^abc$", "a"),
        ("^(?:ab|Cd)", "aC"),
        ("[a-c]?x", "abcx"),
        ("(?i:k)", "kK"),
        ("^\\(?\\d", "(0123456789"),
        ("(?=a)b", "b"),
    ],
)
def test_what_an_expression_begins_with(pattern, characters):
    assert first_characters(pattern) == frozenset(characters)


@pytest.mark.parametrize("pattern", ["", "a*", "^$", "(a|)", "(a)|b?"])
def test_an_expression_that_may_match_nothing_may_begin_with_anything(pattern):
    assert first_characters(pattern) == ALL


@settings(max_examples=300)
@given(
    st.from_regex(r"\A(\^?([a-c]|\[a-c\]|\.|\(a\|b\)|\(\?i:c\))[?*+]?){1,4}\Z"), st.text("abcC1", max_size=5)
)
def test_a_match_begins_with_one_of_them(pattern, text):
    if text and re.match(pattern, text):
        assert text[0] in first_characters(pattern)
