from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.golden import compare, values
from maxctl.golden.differences import Counts, Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance
from maxctl.serving import tasks

CLOSE = Tolerance(0.01, 0.98)
WOLF = {
    "status": "ok",
    "predictions": [{"label": "wolf", "probability": 0.9}, {"label": "dog", "probability": 0.1}],
}


def told(expected: Any, actual: Any, task: str = "image-classification") -> list[tuple[Kind, str]]:
    result = compare.compare(task, "one", expected, actual, CLOSE)
    return [(one.kind, one.subject) for one in result.differences]


def test_numbers_within_tolerance_count_as_the_same_and_the_largest_distance_is_told():
    close = {
        "status": "ok",
        "predictions": [{"label": "wolf", "probability": 0.905}, {"label": "dog", "probability": 0.1}],
    }
    result = compare.compare("image-classification", "one", WOLF, close, CLOSE)
    assert result.passed
    assert result.largest == pytest.approx(0.005)
    assert result.counts == Counts("values", same=4)


def test_it_is_counted_how_many_values_went_which_way():
    actual = {
        "status": "ok",
        "predictions": [{"label": "wolf", "new": 1}, {"label": "cat", "probability": 0.5}],
    }
    result = compare.compare("image-classification", "one", WOLF, actual, CLOSE)
    assert result.counts == Counts("values", same=1, missing=1, extra=1, changed=2)
    assert result.counts.expected == 4


def test_the_count_holds_where_not_every_difference_is_told():
    expected, actual = ({"status": "ok", "embedding": [value] * 500} for value in (0.0, 1.0))
    assert compare.compare("embedding", "one", expected, actual, CLOSE).counts == Counts(
        "values", changed=500
    )


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (
            [{"label": "wolf", "probability": 0.88}, {"label": "dog", "probability": 0.1}],
            "predictions[0].probability",
        ),
        (
            [{"label": "cat", "probability": 0.9}, {"label": "dog", "probability": 0.1}],
            "predictions[0].label",
        ),
        (
            [{"label": "wolf", "probability": "0.9"}, {"label": "dog", "probability": 0.1}],
            "predictions[0].probability",
        ),
        ([{"label": "wolf", "probability": 0.9}], "predictions"),
        ([{"label": "wolf"}, {"label": "dog", "probability": 0.1}], "predictions[0].probability"),
        (
            [{"label": "wolf", "probability": 0.9, "x": 1}, {"label": "dog", "probability": 0.1}],
            "predictions[0].x",
        ),
        (
            [{"label": "wolf", "probability": True}, {"label": "dog", "probability": 0.1}],
            "predictions[0].probability",
        ),
    ],
)
def test_whatever_else_differs_is_told_by_its_place(actual: Any, expected: str):
    assert [place for _, place in told(WOLF, {"status": "ok", "predictions": actual})] == [expected]


def test_an_array_that_is_off_everywhere_is_told_in_a_few_lines():
    expected, actual = ({"status": "ok", "embedding": [[value] * 500]} for value in (0.0, 1.0))
    found = compare.compare("embedding", "one", expected, actual, CLOSE).differences
    assert len(found) == values.TOLD + 1
    assert found[-1].message == "480 more values differ"


@pytest.mark.parametrize("answer", [None, [], {"status": "ok"}, {"status": "ok", "x": [float("nan")]}])
def test_an_answer_that_says_nothing_is_no_golden(answer: Any):
    with pytest.raises(MalformedAnswerError):
        compare.check("custom", answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_an_answer_equals_itself_and_what_counts_as_equal_does_so_both_ways(one: Any, other: Any):
    exact = Tolerance(0, 1)
    expected, actual = {"status": "ok", "x": one}, {"status": "ok", "x": other}
    assert compare.compare("custom", "one", expected, json.loads(json.dumps(expected)), exact).passed
    there, back = (
        compare.compare("custom", "one", *pair, exact).passed
        for pair in ((expected, actual), (actual, expected))
    )
    assert there == back


SKY = [[0, 0, 0, 0]] * 6 + [[1, 1, 1, 1]] * 4


def segmented(rows: Any) -> dict[str, Any]:
    return {"status": "ok", "image_size": [4, 10], "seg_map": rows}


def test_a_segmentation_is_held_against_each_class_by_itself():
    moved = [[0, 0, 0, 0]] * 5 + [[1, 1, 1, 1]] * 5
    assert told(segmented(SKY), segmented(SKY), "image-segmentation") == []
    half = compare.compare("image-segmentation", "one", segmented(SKY), segmented(moved), Tolerance(0, 0.82))
    assert half.counts == Counts("classes", same=1, changed=1)
    assert told(segmented(SKY), segmented(moved), "image-segmentation") == [
        (Kind.BOX, "class 0"),
        (Kind.BOX, "class 1"),
    ]
    lost = [[0, 0, 0, 0]] * 10
    assert (Kind.BOX, "class 1") in told(segmented(SKY), segmented(lost), "image-segmentation")
    assert told(segmented(SKY), segmented(SKY[:5]), "image-segmentation") == [(Kind.VALUE, "seg_map")]


@pytest.mark.parametrize("rows", [None, [], [[1, 2], [3]], [["a"]], [[0.5]]])
def test_a_segmentation_without_a_map_is_malformed(rows: Any):
    with pytest.raises(MalformedAnswerError, match="seg_map"):
        compare.check("image-segmentation", segmented(rows))


def test_every_task_that_can_be_served_can_be_compared():
    assert set(tasks.names()) <= set(compare.tasks())
