from __future__ import annotations

import math
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from maxctl.serving import tasks
from maxctl.serving.steps import maps as maps_module
from maxctl.serving.steps.argmax_mask import ArgmaxMask
from maxctl.serving.steps.box_format import BoxFormat, corners
from maxctl.serving.steps.candidates import Candidates
from maxctl.serving.steps.chain import PostprocessStep, preprocess
from maxctl.serving.steps.class_scores import ClassScores, class_scores
from maxctl.serving.steps.crop import Crop
from maxctl.serving.steps.decode_boxes import AnchorLayer, DecodeBoxes, SsdAnchors, anchors, decode_boxes
from maxctl.serving.steps.drop_classes import DropClasses
from maxctl.serving.steps.heat_map_points import HeatMapPoints
from maxctl.serving.steps.layout import Layout
from maxctl.serving.steps.letterbox import Letterbox
from maxctl.serving.steps.map_layout import MapLayout
from maxctl.serving.steps.maps import Maps, Mask
from maxctl.serving.steps.mask_threshold import MaskThreshold
from maxctl.serving.steps.non_maximum_suppression import NonMaximumSuppression, non_maximum_suppression
from maxctl.serving.steps.picture import Picture
from maxctl.serving.steps.point_format import PointFormat
from maxctl.serving.steps.point_threshold import PointThreshold
from maxctl.serving.steps.points import HeatMaps, Points
from maxctl.serving.steps.pose_lines import PoseLines
from maxctl.serving.steps.resize import Resize
from maxctl.serving.steps.resize_mask_to_picture import ResizeMaskToPicture
from maxctl.serving.steps.run_length_encoding import RunLengthEncoding, run_lengths
from maxctl.serving.steps.scores import Scores
from maxctl.serving.steps.sigmoid import Sigmoid, sigmoid
from maxctl.serving.steps.softmax import Softmax, softmax
from maxctl.serving.steps.top_k import TopK
from maxctl.serving.steps.value import Context

RECORDED = Path(__file__).parents[1] / "recorded"
TORCH = np.load(RECORDED / "torch.npz")
ANCHORS = np.load(RECORDED / "ssd_anchors.npz")
TENSORFLOW = np.load(RECORDED / "tensorflow_pictures.npz")
NOWHERE = Context({})


def seen_by_a_model(rows: int, columns: int, *steps: Any) -> Context:
    return Context({}, preprocess(Picture.whole(np.zeros((rows, columns, 3), np.uint8)), steps))


def candidates(boxes: Any, scores: Any) -> Candidates:
    return Candidates(np.asarray(boxes, np.float32), np.asarray(scores, np.float32), None)


@pytest.mark.parametrize("task", tasks.names())
def test_every_step_of_a_task_can_be_named_in_the_configuration(task: str):
    known = set(get_args(get_args(PostprocessStep)[0]))
    assert set(tasks.find(task).steps) <= known


# scores


def test_softmax_and_sigmoid_are_torchs():
    np.testing.assert_allclose(softmax(TORCH["logits"]), TORCH["softmax"], rtol=1e-6)
    np.testing.assert_allclose(sigmoid(TORCH["logits"]), TORCH["sigmoid"], rtol=1e-6)
    assert softmax(TORCH["logits"]).dtype == sigmoid(TORCH["logits"]).dtype == np.float32


@pytest.mark.parametrize("step", [Softmax(), Sigmoid()], ids=["softmax", "sigmoid"])
def test_probabilities_are_made_of_a_detectors_scores_and_of_a_pixels_too(step: Any):
    logits = np.array([[3.0, -200.0], [0.0, 0.0]], np.float32)
    of_classes = step.apply(Scores(logits), NOWHERE).values
    of_boxes = step.apply(candidates(np.zeros((2, 4)), logits), NOWHERE).scores
    of_pixels = step.apply(Maps(logits[np.newaxis]), NOWHERE).values[0]
    assert np.array_equal(of_classes, of_boxes)
    assert np.array_equal(of_classes, of_pixels)
    assert of_classes[1].tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="no scores in mask"):
        step.apply(Mask(np.zeros((1, 1), np.int32)), NOWHERE)


def test_softmax_of_one_score_a_box_is_refused():
    with pytest.raises(ValueError, match="before class_scores"):
        Softmax().apply(candidates(np.zeros((1, 4)), [0.5]), NOWHERE)


def test_the_request_may_say_how_many_classes_it_wants():
    scores = Scores(np.array([[0.1, 0.4, 0.4, 0.2]], np.float32))
    step = TopK(parameter="classes")
    assert step.needs() == {"classes"}
    assert [id_ for id_, _ in step.apply(scores, Context({"classes": 2.9})).ranked(0)] == [1, 2]
    assert list(step.apply(scores, Context({"classes": -1.0})).ranked(0)) == []
    with pytest.raises(ValidationError, match="either k or parameter"):
        TopK()
    with pytest.raises(ValidationError, match="either k or parameter"):
        TopK(k=3, parameter="classes")


def test_the_best_are_taken_of_what_an_earlier_step_has_left():
    scores = Scores(np.array([[0.5, 0.3, 0.2]], np.float32), first_id=7)
    left = TopK(k=1).apply(DropClasses(ids=(7,)).apply(scores, NOWHERE), NOWHERE)
    assert [id_ for id_, _ in left.ranked(0)] == [8]


def test_the_background_is_no_candidates_class():
    found = candidates([[0, 0, 1, 1], [0, 0, 1, 0.5]], [[0.9, 0.05, 0.1], [0.2, 0.3, 0.1]])
    decided = class_scores(DropClasses(ids=(0,)).apply(found, NOWHERE), ClassScores())
    assert decided.decided().tolist() == [2, 1]
    assert DropClasses(ids=(2, 5)).apply(decided, NOWHERE).decided().tolist() == [1]


# boxes


@pytest.mark.parametrize("form", ["xywh", "cxcywh"])
def test_boxes_become_the_corners_that_torchvision_gives(form: Any):
    expected = TORCH[f"boxes/{form}"][:, [1, 0, 3, 2]]
    np.testing.assert_allclose(corners(TORCH["boxes"], form), expected, rtol=1e-6)
    mirrored = {"xywh": "yxhw", "cxcywh": "cycxhw"}[form]
    np.testing.assert_allclose(corners(TORCH["boxes"][:, [1, 0, 3, 2]], mirrored), expected, rtol=1e-6)


def test_boxes_in_pixels_of_a_letterbox_are_found_in_the_picture():
    context = seen_by_a_model(100, 200, Letterbox(width=64, height=64, filter="nearest"), Layout(order="CHW"))
    # the picture is rows 16 to 48 of the frame
    pixels = candidates([[0, 16, 64, 48], [32, 24, 48, 32]], np.zeros((2, 3)))
    found = BoxFormat(format="xyxy", unit="pixels").apply(pixels, context).in_whole(context.source)
    assert found.boxes.tolist() == [[0, 0, 1, 1], [0.25, 0.5, 0.5, 0.75]]


def test_boxes_in_pixels_of_no_picture_are_refused():
    with pytest.raises(ValueError, match="needs a picture"):
        BoxFormat(format="xyxy", unit="pixels").apply(candidates([[0, 0, 1, 1]], [1]), NOWHERE)


GRIDS = ((19, 19), (10, 10), (5, 5), (3, 3), (2, 2), (1, 1))


def test_the_anchors_of_ssd_are_those_inside_a_model_of_tensorflows_detection_api():
    placed = anchors(SsdAnchors(grids=GRIDS).layers())
    assert placed.shape == (1917, 4)
    boxes = corners(placed, "cycxhw")
    np.testing.assert_allclose(boxes[ANCHORS["rows"]], ANCHORS["corners"], atol=2e-7)


def test_a_box_that_does_not_differ_is_its_anchor():
    layer = AnchorLayer(rows=1, columns=2, boxes=((0.5, 0.25), (0.25, 0.5)))
    step = DecodeBoxes(layers=(layer,))
    found = step.apply(candidates(np.zeros((4, 4)), np.zeros((4, 2))), NOWHERE)
    assert found.boxes[0].tolist() == [0.25, 0.125, 0.75, 0.375]
    assert found.boxes[3].tolist() == [0.375, 0.5, 0.625, 1.0]
    with pytest.raises(ValueError, match="4 anchors, but the model gives 3 boxes"):
        step.apply(candidates(np.zeros((3, 4)), np.zeros((3, 2))), NOWHERE)


def test_differences_are_scaled_by_the_variances_and_the_anchor():
    placed = np.array([[0.5, 0.5, 0.2, 0.4]], np.float32)
    difference = np.array([[1, -1, 5 * math.log(2), 0]], np.float32)
    layers = (AnchorLayer(rows=1, columns=1, boxes=((1.0, 1.0),)),)
    found = decode_boxes(difference, placed, DecodeBoxes(layers=layers))
    # the middle moves by a tenth of the anchor's sides, the height doubles
    np.testing.assert_allclose(found, [[0.52 - 0.2, 0.46 - 0.2, 0.52 + 0.2, 0.46 + 0.2]], rtol=1e-6)
    linear = DecodeBoxes(layers=layers, order="cxcywh", variances=(1.0, 1.0), sides="linear")
    found = decode_boxes(np.array([[0.5, 0, 1, 0.5]], np.float32), placed, linear)
    np.testing.assert_allclose(found, [[0.5 - 0.05, 0.7 - 0.2, 0.5 + 0.05, 0.7 + 0.2]], rtol=1e-6)


def test_anchors_are_given_once():
    with pytest.raises(ValidationError, match="either anchors or layers"):
        DecodeBoxes()


def test_a_box_of_two_classes_is_found_twice_where_every_class_counts():
    found = candidates([[0, 0, 1, 1], [0, 0, 0.1, 0.1]], [[0.7, 0.6, 0.1], [0.2, 0.25, 0.3]])
    every = class_scores(found, ClassScores(first_id=1, every=True, above=0.25))
    assert every.decided().tolist() == [1, 2, 3]
    assert every.boxes.tolist()[1] == [0, 0, 1, 1]
    kept = non_maximum_suppression(every, NonMaximumSuppression(classes="per-class"))
    assert kept.decided().tolist() == [1, 2, 3]
    assert non_maximum_suppression(every, NonMaximumSuppression()).decided().tolist() == [1, 3]


# masks


def test_each_pixel_gets_its_best_class_and_the_lower_one_of_a_tie():
    maps = Maps(np.array([[[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]]], np.float32))
    assert ArgmaxMask().apply(maps, NOWHERE).ids.tolist() == [[1, 0, 0]]
    assert ArgmaxMask(first_id=4).apply(maps, NOWHERE).ids.tolist() == [[5, 4, 4]]
    planes = Maps(np.ascontiguousarray(maps.values.transpose(2, 0, 1)))
    assert ArgmaxMask().apply(MapLayout().apply(planes, NOWHERE), NOWHERE).ids.tolist() == [[1, 0, 0]]


def test_one_class_is_decided_by_a_threshold_of_the_spec_or_of_the_request():
    maps = Maps(np.array([[[0.5], [0.6], [np.nan]]], np.float32))
    assert MaskThreshold(above=0.5).apply(maps, NOWHERE).ids.tolist() == [[0, 1, 0]]
    step = MaskThreshold(parameter="threshold")
    assert step.needs() == {"threshold"}
    assert step.apply(maps, Context({"threshold": 0.25})).ids.tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    ("step", "value", "says"),
    [
        (ArgmaxMask(), Maps(np.zeros((1, 1, 1), np.float32)), "there is mask_threshold"),
        (MaskThreshold(above=0.5), Maps(np.zeros((1, 1, 2), np.float32)), "use argmax_mask"),
        (ArgmaxMask(), Mask(np.zeros((1, 1), np.int32)), "decided already"),
        (MaskThreshold(above=0.5), Mask(np.zeros((1, 1), np.int32)), "decided already"),
        (MapLayout(), Mask(np.zeros((1, 1), np.int32)), "put it first"),
        (RunLengthEncoding(), Maps(np.zeros((1, 1, 2), np.float32)), "put argmax_mask"),
        (ResizeMaskToPicture(), Mask(np.zeros((1, 1), np.int32)), "needs a picture"),
    ],
)
def test_a_step_in_the_wrong_place_says_where_it_belongs(step: Any, value: Any, says: str):
    with pytest.raises(ValueError, match=says):
        step.apply(value, NOWHERE)


def test_classes_are_not_mixed_and_scores_are_not_changed_once_they_are_placed():
    context = seen_by_a_model(4, 4, Resize(width=2, height=2, filter="nearest"))
    with pytest.raises(ValueError, match="classes cannot be mixed"):
        ResizeMaskToPicture(filter="bilinear").apply(Mask(np.zeros((2, 2), np.int32)), context)
    placed = ResizeMaskToPicture().apply(Maps(np.zeros((2, 2, 2), np.float32)), context)
    with pytest.raises(ValueError, match="before resize_mask_to_picture"):
        Softmax().apply(placed, context)
    with pytest.raises(ValueError, match="once"):
        ResizeMaskToPicture().apply(placed, context)


@pytest.mark.parametrize("number", range(6))
def test_the_nearest_classes_on_the_picture_are_those_of_tensorflow(number: int):
    pixels, expected = (TENSORFLOW[f"resize/{number}/{name}"] for name in ("pixels", "tensorflow-nearest"))
    context = seen_by_a_model(*expected.shape[:2], Resize(width=3, height=3, filter="nearest"))
    found = ResizeMaskToPicture().apply(Mask(pixels[:, :, 0].astype(np.int32)), context)
    assert np.array_equal(found.ids, expected[:, :, 0])


@pytest.mark.parametrize("band", [1, 50, 1 << 22])
@pytest.mark.parametrize("number", range(6))
def test_scores_on_the_picture_are_interpolated_as_torch_does_whatever_the_memory(
    number: int, band: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(maps_module, "BAND", band)
    pixels, expected = TORCH[f"resize/{number}/pixels"], TORCH[f"resize/{number}/torch-bilinear"]
    context = seen_by_a_model(*expected.shape[:2], Resize(width=3, height=3, filter="nearest"))
    placed = ResizeMaskToPicture(filter="bilinear").apply(Maps(pixels.astype(np.float32)), context)
    assert placed.size() == expected.shape[:2]
    assert placed.seen() is None
    found = np.concatenate([scores for _, scores in placed.bands()])
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_padding_of_a_letterbox_is_not_mixed_into_the_edge():
    context = seen_by_a_model(40, 80, Letterbox(width=8, height=8, filter="nearest"))
    # rows 2 to 5 hold the picture; what the model says of the padding is another class, and surer
    scores = np.zeros((8, 8, 2), np.float32)
    scores[2:6, :, 0] = 1
    scores[:2, :, 1] = scores[6:, :, 1] = 9
    for kind in ("nearest", "bilinear"):
        placed = ResizeMaskToPicture(filter=kind).apply(Maps(scores), context)
        mask = ArgmaxMask().apply(placed, context)
        assert mask.ids.shape == (40, 80)
        assert not mask.ids.any()


@pytest.mark.parametrize("before", [True, False], ids=["scores", "classes"])
def test_what_the_model_was_not_shown_is_said_so(before: bool):
    context = seen_by_a_model(4, 8, Crop(square=True))
    scores = Maps(np.stack((np.zeros((4, 4)), np.ones((4, 4))), axis=-1).astype(np.float32))
    steps = [ResizeMaskToPicture(unseen=9), ArgmaxMask(unseen=9)]
    value: Any = scores
    for step in steps if before else steps[::-1]:
        value = step.apply(value, context)
    assert value.ids.tolist() == [[9, 9, 1, 1, 1, 1, 9, 9]] * 4
    one = MaskThreshold(above=0.5).apply(
        ResizeMaskToPicture().apply(Maps(scores.values[:, :, 1:]), context), context
    )
    assert one.ids.tolist() == [[0, 0, 1, 1, 1, 1, 0, 0]] * 4


def test_a_large_picture_is_answered_smaller_in_proportion():
    context = seen_by_a_model(300, 400, Resize(width=4, height=3, filter="nearest"))
    ids = np.arange(12, dtype=np.int32).reshape(3, 4)
    found = ResizeMaskToPicture(most=8).apply(Mask(ids), context)
    assert np.array_equal(found.ids, ids.repeat(2, axis=0).repeat(2, axis=1))


@settings(max_examples=100, deadline=None)
@given(
    arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.sampled_from(["rows", "columns"]),
    st.sampled_from([0, 1]),
)
def test_runs_are_the_mask_again(mask: np.ndarray, along: Any, first: int):
    runs = run_lengths(mask, along, first)
    flat = np.zeros(mask.size, bool)
    for start, length in zip(runs[::2], runs[1::2], strict=True):
        assert not flat[start - first : start - first + length].any()
        flat[start - first : start - first + length] = True
    again = flat.reshape(mask.shape) if along == "rows" else flat.reshape(mask.shape[::-1]).T
    assert np.array_equal(again, mask)
    # no two runs touch
    ends = [start + length for start, length in zip(runs[::2], runs[1::2], strict=True)]
    assert all(end < start for end, start in zip(ends, runs[2::2], strict=False))


def test_runs_are_those_of_kaggles_nuclei():
    # counted from 1, down the columns: column 0 has its lower pixel, column 1 both, which follow at once
    assert run_lengths(np.array([[False, True, False], [True, True, False]]), "columns", 1) == [2, 3]
    assert run_lengths(np.array([[False, True, False], [True, True, False]]), "rows", 0) == [1, 1, 3, 2]


# points


def test_a_point_is_where_its_heat_map_is_hottest():
    maps = np.zeros((4, 8, 2), np.float32)
    maps[1, 6, 0], maps[3, 0, 1] = 0.75, 0.5
    found = HeatMapPoints().apply(HeatMaps(maps), NOWHERE)
    assert found.places.tolist() == [[[1.5 / 4, 6.5 / 8], [3.5 / 4, 0.5 / 8]]]
    assert found.scores.tolist() == [[0.75, 0.5]]
    corner = HeatMapPoints(layout="CHW", place="corner").apply(HeatMaps(maps.transpose(2, 0, 1)), NOWHERE)
    assert corner.places.tolist() == [[[1 / 4, 6 / 8], [3 / 4, 0]]]


def hrnets_places(maps: np.ndarray) -> list[list[float]]:
    """Return x, y as `get_final_preds` of HRNet's authors finds them, one map after the other."""
    places = []
    for heat in maps:
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        at = [float(x), float(y)]
        if 1 < x < heat.shape[1] - 1 and 1 < y < heat.shape[0] - 1:
            at[0] += float(np.sign(heat[y, x + 1] - heat[y, x - 1])) * 0.25
            at[1] += float(np.sign(heat[y + 1, x] - heat[y - 1, x])) * 0.25
        places.append(at)
    return places


def test_a_quarter_of_a_cell_is_added_as_in_hrnet():
    maps = np.random.default_rng(5).random((40, 6, 8)).astype(np.float32)
    step = HeatMapPoints(layout="CHW", refine="quarter", place="corner")
    found = step.apply(HeatMaps(maps), NOWHERE).places[0] * np.array([6, 8])
    np.testing.assert_allclose(found[:, ::-1], hrnets_places(maps), atol=1e-5)


def test_points_come_out_of_every_shape_that_models_answer_in():
    movenet = np.arange(1 * 1 * 17 * 3, dtype=np.float32).reshape(1, 1, 17, 3)
    found = Points.from_outputs({"points": movenet})
    assert found.places.shape == (1, 17, 2)
    assert found.scores[0, :2].tolist() == [2, 5]
    several = Points.from_outputs({"points": np.zeros((1, 3, 5, 2)), "scores": np.ones((1, 3, 5, 1))})
    assert several.scores.shape == (3, 5)
    assert Points.from_outputs({"points": np.zeros((1, 5, 2))}).scores.tolist() == [[1] * 5]
    with pytest.raises(ValueError, match="5 points, but 4 scores"):
        Points.from_outputs({"points": np.zeros((1, 5, 2)), "scores": np.ones((1, 4))})
    with pytest.raises(ValueError, match=r"\[1, 5, 4\]"):
        Points.from_outputs({"points": np.zeros((1, 5, 4))})


def test_points_in_pixels_of_a_letterbox_are_found_in_the_picture():
    context = seen_by_a_model(100, 200, Letterbox(width=64, height=64, filter="nearest"))
    points = Points.from_outputs({"points": np.array([[[48.0, 24.0]]])})
    found = PointFormat(order="xy", unit="pixels").apply(points, context).in_whole(context.source)
    assert found.places.tolist() == [[[0.25, 0.75]]]
    assert found.in_whole(context.source) is found


def test_a_body_with_too_few_sure_points_is_left_out():
    points = Points(np.zeros((2, 3, 2), np.float32), np.array([[0.9, 0.5, 0.6], [0.1, 0.9, 0.2]], np.float32))
    assert PointThreshold(above=0.5).apply(points, NOWHERE).left().tolist() == [
        [True, False, True],
        [False, True, False],
    ]
    step = PointThreshold(parameter="threshold", fewest=2)
    left = step.apply(points, Context({"threshold": 0.5})).left()
    assert left.tolist() == [[True, False, True], [False] * 3]


def test_a_line_to_a_point_that_there_is_not_is_refused():
    points = Points(np.zeros((1, 3, 2), np.float32), np.ones((1, 3), np.float32))
    with pytest.raises(ValueError, match=r"\[1, 3\], but there are points 0 to 2"):
        PoseLines(pairs=((0, 1), (1, 3))).apply(points, NOWHERE)


@pytest.mark.parametrize("step", [PointFormat(), PointThreshold(above=0), PoseLines(pairs=((0, 1),))])
def test_steps_for_points_take_no_heat_maps(step: Any):
    with pytest.raises(ValueError, match="points"):
        step.apply(HeatMaps(np.zeros((2, 2, 2), np.float32)), NOWHERE)
