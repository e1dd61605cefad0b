from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.literature import facts
from maxctl.literature.criteria import DEFAULT_WEIGHTS, parts
from maxctl.literature.ranking import Standing, WeightsError, rank, score, weights_from
from maxctl.literature.source import Benchmark, Candidate, Host
from tests.literature.builders import BENCHMARK, Known, candidate, figure, licenses

DEFAULT = weights_from({})


def standings(*candidates: Candidate, weights: dict[str, float] = DEFAULT) -> tuple[Standing, ...]:
    return rank([(one, parts(one, BENCHMARK, licenses())) for one in candidates], weights)


def part(one: Candidate, criterion: str) -> float | None:
    return next(p.value for p in parts(one, BENCHMARK, licenses()) if p.criterion == criterion)


def test_a_missing_figure_is_not_a_zero() -> None:
    unknown, zero = candidate("unknown", stars=None), candidate("zero", stars=0)
    first, second = standings(unknown, zero)
    assert first.candidate is unknown
    assert first.score > second.score
    assert part(unknown, "adoption") is None
    assert part(zero, "adoption") == 0


def test_the_weight_of_a_missing_figure_is_spread_over_the_known_ones() -> None:
    (one,) = standings(candidate(stars=None))
    known = [p for p in one.parts if p.value is not None]
    total = sum(DEFAULT[p.criterion] for p in known)
    assert one.score == pytest.approx(
        sum(DEFAULT[p.criterion] * (p.value or 0) for p in known) / total, abs=1e-4
    )


def test_a_missing_figure_lowers_the_confidence_by_its_weight() -> None:
    assert standings(candidate())[0].confidence == 1
    assert standings(candidate(stars=None))[0].confidence == pytest.approx(1 - DEFAULT["adoption"])


def test_a_figure_from_memory_counts_half_in_the_confidence_and_whole_in_the_score() -> None:
    (read,) = standings(candidate())
    (known,) = standings(replace(candidate(), stars=figure(1000, evidence="known")))
    assert known.score == read.score
    assert known.confidence == pytest.approx(1 - DEFAULT["adoption"] / 2)


def test_equal_scores_are_ordered_by_id() -> None:
    field = (candidate("b", name="M"), candidate("c", name="A"), candidate("a", name="Z"))
    assert [s.candidate.id for s in standings(*field)] == ["a", "b", "c"]


def test_the_size_is_estimated_from_parameters_where_no_bytes_are_known() -> None:
    assert part(candidate(size=None, parameters=2.5e6), "cost") == part(candidate(size=10e6), "cost")
    assert part(candidate(size=None), "cost") is None


def test_the_surest_place_counts() -> None:
    assert part(candidate(host=Host.REGISTRY), "availability") == 1
    assert part(candidate(host=Host.SHARED), "availability") == 0.3


def test_citations_count_by_the_year() -> None:
    young = replace(candidate(), paper=replace(candidate().paper, year=2026))  # type: ignore[type-var]
    assert (part(young, "scholarly") or 0) > (part(candidate(), "scholarly") or 0)


def test_a_benchmark_may_be_better_when_lower() -> None:
    error_rate = Benchmark("error", worst=50, best=0)
    low, high = (parts(candidate(ap=ap), error_rate, licenses())[0].value for ap in (5, 40))
    assert (low, high) == (0.9, pytest.approx(0.2))


def test_weights_are_overridden_one_by_one_and_sum_to_one() -> None:
    weights = weights_from({"quality": 0.7})
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["quality"] / weights["cost"] == pytest.approx(0.7 / DEFAULT_WEIGHTS["cost"])


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(WeightsError) as caught:
        weights_from({"qualty": 1})
    assert caught.value.criterion == "qualty"


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(WeightsError, match="add up"):
        weights_from(dict.fromkeys(DEFAULT_WEIGHTS, 0.0))


def test_a_candidate_of_which_nothing_counts_is_last_and_unknown() -> None:
    only_stars = weights_from({**dict.fromkeys(DEFAULT_WEIGHTS, 0.0), "adoption": 1})
    first, second = standings(candidate("a", stars=None), candidate("b", stars=1), weights=only_stars)
    assert (first.candidate.id, second.score, second.confidence) == ("b", 0, 0)


def maybe(values: st.SearchStrategy[float]) -> st.SearchStrategy[float | None]:
    return st.none() | values


def fields(full: bool) -> st.SearchStrategy[list[Candidate]]:
    wrap = (lambda values: values) if full else maybe
    one = st.fixed_dictionaries(
        {
            "ap": wrap(st.floats(0, 80)),
            "stars": wrap(st.floats(0, 1e6)),
            "citations": wrap(st.floats(0, 1e6)),
            "size": wrap(st.floats(1, 1e11)),
            "host": st.sampled_from(Host),
        }
    )
    return st.lists(one, min_size=2, max_size=5).map(
        lambda ones: [candidate(f"c{index}", **values) for index, values in enumerate(ones)]
    )


weightings = st.fixed_dictionaries({}, optional={name: st.floats(0.01, 2) for name in DEFAULT_WEIGHTS})
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(fields(full=False), weightings)
def test_scores_and_confidence_lie_between_0_and_1(
    field: list[Candidate], overrides: dict[str, float]
) -> None:
    for standing in standings(*field, weights=weights_from(overrides)):
        assert 0 <= standing.score <= 1
        assert 0 <= standing.confidence <= 1


@settings(max_examples=20, deadline=None)
@given(fields(full=False).flatmap(lambda field: st.tuples(st.just(field), st.permutations(field))))
def test_the_order_of_the_catalogue_does_not_matter(both: tuple[list[Candidate], list[Candidate]]) -> None:
    one, other = (facts.of(Known(tuple(field)), DEFAULT, licenses()) for field in both)
    assert one == other


@QUICK
@given(fields(full=True), st.sampled_from(sorted(DEFAULT_WEIGHTS)), st.floats(0.05, 3))
def test_raising_a_weight_never_lowers_the_one_that_is_best_in_it(
    field: list[Candidate], criterion: str, more: float
) -> None:
    before = standings(*field)
    best = max(before, key=lambda s: s.part(criterion).value or 0).part(criterion).value
    raised = {**DEFAULT, criterion: DEFAULT[criterion] + more}
    after = {s.candidate.id: s.score for s in standings(*field, weights=raised)}
    rounding = 2e-4
    for leader in (s for s in before if s.part(criterion).value == best):
        for other in before:
            if leader.score > other.score + rounding:
                assert after[leader.candidate.id] > after[other.candidate.id] - rounding


@QUICK
@given(fields(full=False), st.sampled_from(sorted(DEFAULT_WEIGHTS)), st.floats(0.05, 3))
def test_raising_a_weight_draws_every_score_towards_that_part(
    field: list[Candidate], criterion: str, more: float
) -> None:
    raised = {**DEFAULT, criterion: DEFAULT[criterion] + more}
    for standing in standings(*field):
        value = standing.part(criterion).value
        now = score(standing.parts, raised)[0]
        if value is None:
            assert now == pytest.approx(standing.score, abs=2e-4)
        else:
            assert abs(now - value) <= abs(standing.score - value) + 2e-4
