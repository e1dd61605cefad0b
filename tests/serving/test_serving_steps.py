from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from maxctl.serving.steps.candidates import Candidates
from maxctl.serving.steps.class_scores import ClassScores, class_scores
from maxctl.serving.steps.clip_boxes import clip_boxes
from maxctl.serving.steps.legacy_bilinear import legacy_bilinear
from maxctl.serving.steps.non_maximum_suppression import NonMaximumSuppression, non_maximum_suppression
from maxctl.serving.steps.resize import PILLOW_FILTERS, Resize, resize
from maxctl.serving.steps.scale import Scale, scale
from maxctl.serving.steps.score_threshold import score_threshold

RECORDED = np.load(Path(__file__).parent / "recorded" / "tensorflow.npz")
RESIZES = sum(name.endswith("/resized") for name in RECORDED.files)
SUPPRESSIONS = sum(name.endswith("/kept") for name in RECORDED.files)


@pytest.mark.parametrize("number", range(RESIZES))
def test_the_legacy_resize_equals_tensorflows_to_the_last_bit(number: int):
    pixels, expected = RECORDED[f"resize/{number}/pixels"], RECORDED[f"resize/{number}/resized"]
    resized = legacy_bilinear(pixels, *expected.shape[:2])
    assert resized.dtype == np.float32
    assert np.array_equal(resized, expected)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(480, 640), (301, 299), (1000, 7), (3, 500)])
def test_the_legacy_resize_equals_the_installed_tensorflows(size: tuple[int, int]):
    tensorflow = pytest.importorskip("tensorflow")
    pixels = np.random.default_rng(sum(size)).random((*size, 3), dtype=np.float32) * 2 - 1
    expected = tensorflow.compat.v1.image.resize_bilinear(pixels[None], (300, 300)).numpy()[0]
    assert np.array_equal(legacy_bilinear(pixels, 300, 300), expected)


@pytest.mark.parametrize("name", PILLOW_FILTERS)
def test_pillows_filters_are_pillows(name: str):
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    resized = resize(pixels, Resize(width=7, height=11, filter=name))
    expected = Image.fromarray(pixels).resize((7, 11), PILLOW_FILTERS[name])
    assert np.array_equal(resized, np.asarray(expected))


def test_pillows_filters_refuse_scaled_pixels_and_say_where_to_stand():
    with pytest.raises(ValueError, match="before scale"):
        resize(np.zeros((2, 2, 3), np.float32), Resize(width=1, height=1, filter="bilinear"))


def test_scale_multiplies_then_adds_in_float32():
    pixels = np.array([[[0, 51, 255]]], np.uint8)
    scaled = scale(pixels, Scale(multiply=2 / 255, add=-1))
    assert scaled.dtype == np.float32
    assert np.array_equal(scaled, pixels.astype(np.float32) * np.float32(2 / 255) - np.float32(1))
    assert pixels.tolist() == [[[0, 51, 255]]]


def candidates(boxes: object, scores: object, classes: object = None) -> Candidates:
    numbers = np.ones(len(np.asarray(scores)), np.int64) if classes is None else np.asarray(classes, np.int64)
    return Candidates(np.asarray(boxes, np.float32).reshape(-1, 4), np.asarray(scores, np.float32), numbers)


def test_the_best_class_counts_from_the_first_id_and_the_lower_id_wins_a_tie():
    scores = np.array([[0.1, 0.9, 0.3], [0.5, 0.2, 0.5]], np.float32)
    found = class_scores(Candidates(np.zeros((2, 4), np.float32), scores, None), ClassScores(first_id=1))
    assert found.classes is not None
    assert found.classes.tolist() == [2, 1]
    assert np.array_equal(found.scores, np.array([0.9, 0.5], np.float32))


def test_a_score_equal_to_the_threshold_is_left_out():
    found = score_threshold(
        candidates(np.zeros((3, 4)), [0.5, np.nextafter(np.float32(0.5), 1), np.nan]), 0.5
    )
    assert found.scores.tolist() == [float(np.nextafter(np.float32(0.5), 1))]


def test_boxes_are_cut_at_the_edge():
    found = clip_boxes(candidates([[-0.1, 0.2, 1.3, 0.9]], [0.5]))
    assert found.boxes.tolist() == np.array([[0, 0.2, 1, 0.9]], np.float32).tolist()


def test_suppression_before_the_classes_are_decided_names_the_missing_step():
    undecided = Candidates(np.zeros((1, 4), np.float32), np.zeros((1, 2), np.float32), None)
    with pytest.raises(ValueError, match="class_scores"):
        non_maximum_suppression(undecided, NonMaximumSuppression())


@pytest.mark.parametrize("number", range(SUPPRESSIONS))
def test_suppression_keeps_what_tensorflow_keeps_in_its_order(number: int):
    boxes, scores, (iou, threshold), kept = (
        RECORDED[f"suppress/{number}/{name}"] for name in ("boxes", "scores", "limits", "kept")
    )
    options = NonMaximumSuppression(iou=float(iou), max_detections=20)
    rows = candidates(boxes, scores, np.arange(len(scores)))
    found = non_maximum_suppression(rows, options, float(threshold))
    assert found.decided().tolist() == kept.tolist()


def test_of_two_classes_at_one_place_per_class_keeps_both_and_agnostic_the_better():
    rows = candidates([[0, 0, 1, 1]] * 3, [0.8, 0.9, 0.7], [1, 2, 2])
    per_class = non_maximum_suppression(rows, NonMaximumSuppression(classes="per-class"))
    agnostic = non_maximum_suppression(rows, NonMaximumSuppression(classes="agnostic"))
    assert per_class.decided().tolist() == [2, 1]
    assert agnostic.decided().tolist() == [2]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    if (sides <= 0).any():
        return 0.0
    area = float(sides.prod())
    return area / float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - area)


@st.composite
def detections(draw: st.DrawFn) -> Candidates:
    count = draw(st.integers(0, 25))
    # corners on a grid of eighths, so that overlaps are exact and equal ones happen
    corners = draw(arrays(np.int64, (count, 4), elements=st.integers(0, 4))) / 8
    boxes = np.concatenate((corners[:, :2], corners[:, :2] + corners[:, 2:]), axis=1)
    scores = draw(arrays(np.int64, count, elements=st.integers(0, 16))) / 16
    return candidates(boxes, scores, draw(arrays(np.int64, count, elements=st.integers(1, 3))))


@settings(max_examples=200, deadline=None)
@given(detections(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([0.0, 0.5]), st.booleans())
def test_what_is_kept_does_not_overlap_and_what_is_dropped_overlaps_something_better(
    rows: Candidates, iou: float, threshold: float, per_class: bool
):
    options = NonMaximumSuppression(
        iou=iou, classes="per-class" if per_class else "agnostic", max_detections=99
    )
    found = non_maximum_suppression(rows, options, threshold)

    def competes(one: tuple, other: tuple) -> bool:
        return overlap(one[0], other[0]) > iou + 1e-6 and (not per_class or one[2] == other[2])

    kept = list(zip(found.boxes, found.scores.tolist(), found.decided().tolist(), strict=True))
    assert all(score > threshold for _, score, _ in kept)
    assert [score for _, score, _ in kept] == sorted((score for _, score, _ in kept), reverse=True)
    assert not any(competes(one, other) for i, one in enumerate(kept) for other in kept[:i])
    for row in zip(rows.boxes, rows.scores.tolist(), rows.decided().tolist(), strict=True):
        is_kept = any(
            np.array_equal(row[0], box) and row[1:] == rest for box, *rest_ in kept for rest in [tuple(rest_)]
        )
        beaten = any(one[1] >= row[1] and overlap(one[0], row[0]) > iou - 1e-6 for one in kept)
        assert row[1] <= threshold or is_kept or beaten


@settings(max_examples=50, deadline=None)
@given(detections(), st.integers(1, 5))
def test_a_limit_keeps_the_first_of_what_would_be_kept_without_it(rows: Candidates, limit: int):
    everything = non_maximum_suppression(rows, NonMaximumSuppression(max_detections=99))
    limited = non_maximum_suppression(rows, NonMaximumSuppression(max_detections=limit))
    assert np.array_equal(limited.boxes, everything.boxes[:limit])
    assert np.array_equal(limited.scores, everything.scores[:limit])


def test_candidates_come_out_of_every_shape_that_detectors_answer_in():
    boxes = np.arange(8, dtype=np.float32)
    flat = Candidates.from_outputs({"boxes": boxes.reshape(1, 2, 1, 4), "scores": np.zeros((1, 2, 90))})
    assert flat.boxes.shape == (2, 4)
    assert flat.scores.shape == (2, 90)
    decided = Candidates.from_outputs(
        {
            "boxes": boxes.reshape(1, 2, 4),
            "scores": np.array([[0.9, 0.0]]),
            "classes": np.array([[7.0, 0.0]]),
            "count": np.array([1.0]),
        }
    )
    assert decided.decided().tolist() == [7]


def test_boxes_and_scores_of_different_numbers_are_told():
    with pytest.raises(ValueError, match="2 boxes, but 3 rows"):
        Candidates.from_outputs({"boxes": np.zeros((1, 2, 4)), "scores": np.zeros((1, 3, 90))})
