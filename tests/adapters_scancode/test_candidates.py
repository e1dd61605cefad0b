"""Candidates by arrays are scancode's candidates, in its order, with its scores."""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.adapters.scancode import index_build, ranking, sections
from maxctl.adapters.scancode.candidates import Candidates

match_set = pytest.importorskip("licensedcode.match_set")
HIGH = 6
"""So many of the words are words of legal language."""
words = st.integers(0, 11)


@dataclass
class Rule:
    identifier: str
    license_expression: str
    length: int
    length_unique: int
    high_length_unique: int
    min_matched_length: int
    min_matched_length_unique: int
    min_high_matched_length: int
    min_high_matched_length_unique: int
    _minimum_containment: float

    def get_length(self, unique):
        return self.length_unique if unique else self.length

    def get_min_matched_length(self, unique):
        return self.min_matched_length_unique if unique else self.min_matched_length

    def get_min_high_matched_length(self, unique):
        return self.min_high_matched_length_unique if unique else self.min_high_matched_length


@st.composite
def drawn_rules(draw):
    made = []
    for number in range(draw(st.integers(1, 25))):
        tokens = draw(st.lists(words, min_size=1, max_size=30))
        unique = set(tokens)
        rule = Rule(
            identifier=f"rule_{draw(st.integers(0, 99)):02}_{number}",
            license_expression=draw(st.sampled_from(["mit", "apache-2.0"])),
            length=len(tokens),
            length_unique=len(unique),
            high_length_unique=sum(word < HIGH for word in unique),
            min_matched_length=draw(st.integers(0, 6)),
            min_matched_length_unique=draw(st.integers(0, 4)),
            min_high_matched_length=draw(st.integers(0, 4)),
            min_high_matched_length_unique=draw(st.integers(0, 3)),
            _minimum_containment=draw(st.sampled_from([0, 0.15, 0.5, 0.8, 1.0])),
        )
        made.append((rule, tokens))
    return made


class Index:
    len_legalese = HIGH

    def __init__(self, rules):
        self.rules_by_rid = [rule for rule, _ in rules]
        built = [match_set.build_set_and_mset(tokens) for _, tokens in rules]
        self.sets_by_rid = [unique for unique, _ in built]
        self.msets_by_rid = [defaultdict(int, counts) for _, counts in built]
        self.approx_matchable_rids = {rid for rid, (_, tokens) in enumerate(rules) if min(tokens) < HIGH}


class Run:
    def __init__(self, tokens):
        self.tokens = tokens

    def matchable_tokens(self):
        return self.tokens if any(0 <= token < HIGH for token in self.tokens) else []


def by_arrays(index, path, tokens, top, similar):
    rids = np.array(sorted(index.approx_matchable_rids), np.int32)
    sections.write(path, index_build._approximate(index) | {"approximate": rids}, {})
    made = Candidates(sections.Sections(path), HIGH)
    wanted = [token for token in tokens if token >= 0]
    return made.compute(wanted if any(token < HIGH for token in wanted) else [], top, similar, 0.8)


@settings(max_examples=400, deadline=None)
@given(drawn_rules(), st.lists(words | st.just(-1), max_size=60), st.sampled_from([1, 2, 10]), st.booleans())
def test_candidates_are_those_of_scancode(tmp_path_factory, rules, tokens, top, similar):
    index = Index(rules)
    expected = match_set.compute_candidates(
        Run(tokens), index, index.approx_matchable_rids, top=top, high_resemblance=similar
    )
    path = tmp_path_factory.getbasetemp() / "candidates.bin"
    found = by_arrays(index, path, tokens, top, similar) if index.approx_matchable_rids else []
    assert [
        (tuple(rounded), tuple(scores), rid, list(shared)) for (rounded, scores), rid, _, shared in expected
    ] == [(rounded, scores, rid, shared) for (rounded, scores), rid, shared in found]


@given(st.floats(0, 1))
def test_bounds_round_as_python_does(value):
    bounds = np.array(ranking.round_up_bounds())
    assert ranking.TENTHS[int(np.searchsorted(bounds, value, "right"))] == round(value, 1)


@pytest.mark.parametrize("tenth", range(10))
def test_bounds_are_exact_to_the_last_bit(tenth):
    bound = ranking.round_up_bounds()[tenth]
    assert round(bound, 1) == (tenth + 1) / 10
    assert round(math.nextafter(bound, 0), 1) == tenth / 10
