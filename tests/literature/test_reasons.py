from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.literature import reasons
from maxctl.literature.criteria import parts
from maxctl.literature.ranking import Standing, rank, weights_from
from maxctl.literature.source import Candidate
from tests.literature.builders import BENCHMARK, candidate, licenses

DEFAULT = weights_from({})
WEIGHT = re.compile(
    r"(?:(?P<other>\S+) )?would lead if (?P<criterion>\w+) counted (?P<weight>[\d.]+) instead"
)
FIGURE = re.compile(r"would lead with ([\d.]+) AP")


def ranked(*field: Candidate, weights: dict[str, float] = DEFAULT) -> tuple[Standing, ...]:
    return rank([(one, parts(one, BENCHMARK, licenses())) for one in field], weights)


def changes(field: tuple[Standing, ...]) -> dict[str, str]:
    nearest = reasons.turning_points(field, DEFAULT)
    return {s.candidate.id: reasons.what_would_change(s, field, DEFAULT, BENCHMARK, nearest) for s in field}


def test_a_reason_names_what_lifts_and_what_holds_back() -> None:
    field = ranked(candidate("exact", ap=55, size=900e6), candidate("small", ap=20, size=2e6))
    told = {s.candidate.id: reasons.why(s, field, DEFAULT) for s in field}
    assert told["exact"] == (
        "above the average by quality (55 AP (val, input 300x300)); below it by cost (900 MB)"
    )
    assert told["small"].startswith("above the average by cost (2 MB); below it by quality")


def test_a_reason_names_what_is_unknown() -> None:
    (only,) = ranked(candidate(stars=None, ap=None))
    assert (
        reasons.why(only, (only,), DEFAULT)
        == "average in everything that is known; unknown: quality, adoption"
    )


def test_one_candidate_has_nothing_that_would_change_it() -> None:
    assert changes(ranked(candidate())) == {
        "one": "no other weight of a single criterion would put another one first"
    }


def test_a_candidate_that_is_worse_in_everything_is_told_so() -> None:
    best = candidate("best", ap=60, stars=1e6, citations=1e6, size=1e6)
    assert changes(ranked(best, candidate("worse", ap=50, stars=1, citations=1, size=1e9)))["worse"] == (
        "neither another weight of a single criterion nor a better benchmark would put it first"
    )


fields = st.lists(
    st.fixed_dictionaries(
        {
            "ap": st.none() | st.floats(5, 60),
            "stars": st.none() | st.floats(0, 1e5),
            "size": st.none() | st.floats(1e6, 1e9),
        }
    ),
    min_size=2,
    max_size=4,
).map(lambda ones: [candidate(f"c{index}", **values) for index, values in enumerate(ones)])


@settings(max_examples=25, deadline=None)
@given(fields)
def test_what_is_said_to_put_a_candidate_first_does_so(field: list[Candidate]) -> None:
    for name, told in changes(ranked(*field)).items():
        if turn := WEIGHT.search(told):
            tried = {**DEFAULT, turn["criterion"]: float(turn["weight"])}
            assert ranked(*field, weights=tried)[0].candidate.id == (turn["other"] or name)
        if (needed := FIGURE.search(told)) and not told.startswith("no "):
            better = [
                candidate(name, ap=float(needed[1]), **_others(one)) if one.id == name else one
                for one in field
            ]
            assert ranked(*better)[0].candidate.id == name


def _others(one: Candidate) -> dict[str, float | None]:
    return {"stars": one.stars.value, "size": one.bytes.value}


def test_the_nearest_weight_that_changes_the_leader_is_named() -> None:
    field = (candidate("exact", ap=50, size=800e6), candidate("small", ap=25, size=2e6))
    assert ranked(*field)[0].candidate.id == "small"
    criterion, weight = reasons.turning_points(ranked(*field), DEFAULT)["exact"]
    assert criterion == "cost"
    assert ranked(*field, weights={**DEFAULT, "cost": weight})[0].candidate.id == "exact"
    assert ranked(*field, weights={**DEFAULT, "cost": weight + 0.01})[0].candidate.id == "small"
    assert not any(
        ranked(*field, weights={**DEFAULT, other: DEFAULT[other] + near / 100})[0].candidate.id == "exact"
        for other in DEFAULT
        for near in range(-9, 10)
        if abs(near / 100) < DEFAULT["cost"] - weight - 0.001 and DEFAULT[other] + near / 100 >= 0
    )


def test_less_than_the_needed_figure_is_not_enough() -> None:
    field = ranked(candidate("a", ap=50), candidate("b", ap=30))
    needed = reasons.figure_to_lead(field[1], field, DEFAULT, BENCHMARK)
    assert needed == pytest.approx(50.1)
    assert ranked(candidate("a", ap=50), candidate("b", ap=50.0))[0].candidate.id == "a"
