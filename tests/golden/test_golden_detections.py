"""Detections are matched as sets, and what is off is told apart."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.golden.detections import Detection, compare, iou, match, read
from maxctl.golden.differences import Kind, MalformedAnswerError
from maxctl.golden.tolerance import Tolerance
from tests.golden.suites import CUP, answer, found

TOLERANCE = Tolerance(score=0.01, iou=0.98)
edges = st.floats(-0.05, 1.05, allow_nan=False).map(lambda edge: round(edge, 3))
boxes = st.tuples(edges, edges, edges, edges).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)
labels = st.sampled_from(["cat", "cup", "dog"])
scores = st.floats(0, 1).map(lambda score: round(score, 3))
detections = st.builds(lambda label, score, box: Detection(label, label, score, box), labels, scores, boxes)
many = st.lists(detections, max_size=6)


def cup(score: float = 0.9, box=(0.1, 0.1, 0.5, 0.5), label: str = "cup") -> Detection:
    return Detection(label, label, score, box)


def kinds(expected: list[Detection], actual: list[Detection]) -> list[Kind]:
    return [one.kind for one in compare(expected, actual, TOLERANCE)[0].differences]


@given(boxes, boxes)
@settings(deadline=None)
def test_iou_lies_between_0_and_1_and_has_no_direction(first, second) -> None:
    assert 0 <= iou(first, second) <= 1
    assert iou(first, second) == iou(second, first)
    assert iou(first, first) == 1


def test_iou_of_half_overlapping_boxes_is_a_third() -> None:
    assert iou((0, 0, 1, 1), (0, 0.5, 1, 1.5)) == pytest.approx(1 / 3)
    assert iou((0, 0, 1, 1), (0, 1, 1, 2)) == 0


@given(many)
@settings(max_examples=50, deadline=None)
def test_an_answer_is_the_same_as_itself(one: list[Detection]) -> None:
    assert kinds(one, one) == []


@given(many, many, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_neither_side_matters(
    expected: list[Detection], actual: list[Detection], chance: random.Random
) -> None:
    shuffled = [chance.sample(side, len(side)) for side in (expected, actual)]
    assert match(*shuffled, TOLERANCE) == match(expected, actual, TOLERANCE)


@given(many, many)
@settings(max_examples=60, deadline=None)
def test_every_detection_stands_in_one_pair_and_exchanging_the_sides_exchanges_missing_and_extra(
    expected: list[Detection], actual: list[Detection]
) -> None:
    there, back = match(expected, actual, TOLERANCE), match(actual, expected, TOLERANCE)
    assert sorted(p.expected for p in there if p.expected) == sorted(expected)
    assert sorted(p.actual for p in there if p.actual) == sorted(actual)
    missing = [pair.expected for pair in there if pair.faults == (Kind.MISSING,)]
    extra = [pair.actual for pair in back if pair.faults == (Kind.EXTRA,)]
    assert sorted(missing) == sorted(extra)


@given(many, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_noise_below_the_tolerance_passes_whatever_else_lies_around(
    expected: list[Detection], chance: random.Random
) -> None:
    actual = [replace(one, score=one.score + chance.uniform(-0.0099, 0.0099)) for one in expected]
    assert kinds(expected, actual) == []


def test_the_assignment_with_most_pairs_within_tolerance_wins_over_the_closest_one() -> None:
    # the first two are the closest pair, but then the other two are too far apart
    wide = Tolerance(score=0.05, iou=0.5)
    expected = [cup(box=(0, 0, 1, 1.0)), cup(box=(0, 0, 1, 0.5))]
    actual = [cup(box=(0, 0, 1, 0.9)), cup(box=(0, 0.1, 1, 1.7))]
    assert [pair.faults for pair in match(expected, actual, wide)] == [(), ()]


def test_a_label_stays_with_its_thing_though_another_box_is_closer() -> None:
    here, beside = (0.0, 0.0, 0.5, 0.5), (0.0, 0.05, 0.5, 0.55)
    expected = [cup(box=here), cup(box=beside, label="cat")]
    actual = [cup(box=beside), cup(box=here, label="cat")]
    assert kinds(expected, actual) == [Kind.BOX, Kind.BOX]


HERE = cup(box=(0, 0.25, 1, 0.75))
LEFT, RIGHT = cup(box=(0, 0.125, 1, 0.625)), cup(box=(0, 0.375, 1, 0.875))  # equally far from it
FAR = cup(box=(0, 5, 1, 6))


@pytest.mark.parametrize("expected", [[HERE], [HERE, FAR], [FAR, HERE]])
def test_ties_fall_the_same_way_whatever_the_order_and_whichever_side_is_expected(
    expected: list[Detection],
) -> None:
    there = match(expected, [LEFT, RIGHT], TOLERANCE)
    assert match(expected, [RIGHT, LEFT], TOLERANCE) == there
    back = match([RIGHT, LEFT], expected, TOLERANCE)
    extra = [pair.actual for pair in there if pair.faults == (Kind.EXTRA,)]
    assert [pair.expected for pair in back if pair.faults == (Kind.MISSING,)] == extra


def test_exchanging_the_sides_keeps_the_pairs_though_many_are_equally_good() -> None:
    def row(*places: tuple[float, float]) -> list[Detection]:
        return [cup(score, (0, top, 1, top + 0.5)) for top, score in places]

    expected = row((0.5, 0.75), (0.125, 0.75), (0.125, 0.5), (0.5, 0.75))
    actual = row((0.375, 0.75), (0.5, 0.75), (0, 0.75), (0.375, 0.75))
    there = {(pair.expected, pair.actual) for pair in match(expected, actual, TOLERANCE)}
    assert {(pair.actual, pair.expected) for pair in match(actual, expected, TOLERANCE)} == there


def test_two_alike_boxes_where_one_is_expected_leave_one_extra() -> None:
    assert kinds([cup()], [cup(), cup()]) == [Kind.EXTRA]


def test_missing_extra_moved_rescored_and_renamed_are_told_apart() -> None:
    far = cup(box=(0.6, 0.6, 0.9, 0.9))
    assert kinds([cup()], []) == [Kind.MISSING]
    assert kinds([], [cup()]) == [Kind.EXTRA]
    assert kinds([cup()], [far]) == [Kind.MISSING, Kind.EXTRA]
    assert kinds([cup()], [cup(0.85)]) == [Kind.SCORE]
    assert kinds([cup()], [cup(box=(0.1, 0.1, 0.5, 0.6))]) == [Kind.BOX]
    assert kinds([cup()], [cup(label="mug")]) == [Kind.LABEL]
    assert kinds([cup()], [cup(0.8, (0.1, 0.1, 0.5, 0.6))]) == [Kind.SCORE, Kind.BOX]


def test_swapped_labels_of_two_things_are_two_changed_labels() -> None:
    here, there = (0.0, 0.0, 0.4, 0.4), (0.5, 0.5, 0.9, 0.9)
    expected = [cup(box=here), cup(box=there, label="cat")]
    actual = [cup(box=here, label="cat"), cup(box=there)]
    assert kinds(expected, actual) == [Kind.LABEL, Kind.LABEL]


def test_an_id_that_changed_under_the_same_name_is_a_changed_label() -> None:
    assert kinds([cup()], [replace(cup(), label_id="48")]) == [Kind.LABEL]


def test_a_score_exactly_at_the_tolerance_passes() -> None:
    assert kinds([cup(0.50)], [cup(0.51)]) == []
    assert kinds([cup(0.50)], [cup(0.5101)]) == [Kind.SCORE]


def test_a_difference_carries_the_numbers_that_decided() -> None:
    (one,) = compare([cup(0.9)], [cup(0.84)], TOLERANCE)[0].differences
    assert one.score_difference == pytest.approx(-0.06)
    assert one.iou == 1
    assert one.message == "score 0.8400, expected 0.9000: off by -0.0600, allowed ±0.01"


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ([], "the answer is list, not an object"),
        ({"status": "ok"}, "no list `predictions`"),
        (answer("cup"), "predictions[0] is str, not an object"),
        (answer({**CUP, "label": 3}), "predictions[0].label must be text, not int"),
        (answer(CUP, {**CUP, "probability": True}), "predictions[1].probability must be a number"),
        (answer({**CUP, "probability": float("nan")}), "predictions[0].probability must be a number"),
        (answer({**CUP, "detection_box": [0, 0, 1]}), "must be the 4 numbers"),
        (answer({**CUP, "detection_box": [0, 0, 1, "1"]}), "must be the 4 numbers"),
    ],
)
def test_a_malformed_answer_is_refused_by_its_first_fault(response: object, words: str) -> None:
    with pytest.raises(MalformedAnswerError) as caught:
        read(response)
    assert words in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["predictions", "label", "label_id", "probability", "detection_box"]), x
            )
        ),
    )
)
@settings(max_examples=100, deadline=None)
def test_reading_anything_either_succeeds_or_says_what_is_wrong(response: object) -> None:
    try:
        read(response)
    except MalformedAnswerError as error:
        assert str(error)


def test_an_added_field_is_harmless() -> None:
    assert read(answer({**CUP, "colour": "red"})) == read(answer(CUP))
    assert read(answer(found("cup", 1)))[0].score == 1.0
