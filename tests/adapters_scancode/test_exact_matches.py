"""The stand-in for the automaton tells what the automaton tells, in its order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.adapters.scancode import exact_matches, sections

ahocorasick = pytest.importorskip("ahocorasick")

words = st.integers(0, 3)
rules = st.lists(st.lists(words, min_size=1, max_size=12).map(tuple), min_size=1, max_size=25, unique=True)


def automaton(rules):
    made = ahocorasick.Automaton(ahocorasick.STORE_ANY, ahocorasick.KEY_SEQUENCE)
    for rid, tokens in enumerate(rules):
        made.add_word(tokens, [(rid, 0, len(tokens) - 1)])
    made.make_automaton()
    return made


def stand_in(rules, path):
    tids = np.array([token for rule in rules for token in rule], np.int16)
    start = np.cumsum([0, *map(len, rules)])
    arrays = {"tids": tids, "tids_start": start} | exact_matches.tables(tids, start)
    sections.write(path, arrays, {})
    return exact_matches.ExactMatches(sections.Sections(path))


@settings(max_examples=300, deadline=None)
@given(rules, st.lists(words, max_size=60))
def test_matches_are_those_of_the_automaton_in_its_order(tmp_path_factory, rules, query):
    made = stand_in(rules, tmp_path_factory.getbasetemp() / "exact.bin")
    assert list(made.iter(tuple(query))) == list(automaton(rules).iter(tuple(query)))


@settings(max_examples=100, deadline=None)
@given(rules, st.data())
def test_rules_that_overlap_and_repeat_are_all_found(tmp_path_factory, rules, data):
    parts = data.draw(st.lists(st.sampled_from(rules), max_size=6))
    query = tuple(token for part in parts for token in part)
    made = stand_in(rules, tmp_path_factory.getbasetemp() / "exact.bin")
    assert list(made.iter(query)) == list(automaton(rules).iter(query))


def test_equal_hashes_of_different_words_make_no_match(tmp_path, monkeypatch):
    monkeypatch.setattr(exact_matches, "_first", lambda tokens: np.zeros(len(tokens), np.uint64))
    monkeypatch.setattr(exact_matches, "_join", lambda left, right, width: left * np.uint64(0))
    made = stand_in([(1, 2, 3), (3, 3, 3)], tmp_path / "exact.bin")
    assert list(made.iter((1, 2, 3, 3, 3))) == [(2, [(0, 0, 2)]), (4, [(1, 0, 2)])]
