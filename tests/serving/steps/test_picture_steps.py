from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pydantic import ValidationError

from maxctl.serving.errors import BadInputError
from maxctl.serving.steps.bilinear import half_pixel
from maxctl.serving.steps.chain import preprocess
from maxctl.serving.steps.color_order import ColorOrder
from maxctl.serving.steps.crop import Crop
from maxctl.serving.steps.dtype import Dtype
from maxctl.serving.steps.filters import FLOAT_FILTERS, PILLOW_FILTERS, resized
from maxctl.serving.steps.fitted_size import fitted
from maxctl.serving.steps.grayscale import Grayscale
from maxctl.serving.steps.layout import Layout
from maxctl.serving.steps.legacy_bilinear import legacy_bilinear
from maxctl.serving.steps.letterbox import Letterbox
from maxctl.serving.steps.normalize import Normalize
from maxctl.serving.steps.pad import Pad
from maxctl.serving.steps.picture import Picture
from maxctl.serving.steps.resize import Resize
from maxctl.serving.steps.resize_side import ResizeSide, side_resized
from maxctl.serving.steps.scale import Scale
from maxctl.serving.steps.sound import Sound

RECORDED = Path(__file__).parents[1] / "recorded"
OPENCV = np.load(RECORDED / "opencv.npz")
TORCH = np.load(RECORDED / "torch.npz")
TENSORFLOW = np.load(RECORDED / "tensorflow_pictures.npz")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def noise(rows: int, columns: int, channels: int = 3) -> np.ndarray:
    shape = (rows, columns, channels)
    return np.random.default_rng(rows * 100 + columns).integers(0, 256, shape, dtype=np.uint8)


def numbers(recorded: Any, group: str) -> list[str]:
    return sorted({name.split("/")[1] for name in recorded.files if name.startswith(group + "/")})


@pytest.mark.parametrize("number", numbers(OPENCV, "resize"))
@pytest.mark.parametrize("name", ["opencv-bilinear", "opencv-area", "opencv-nearest"])
def test_opencvs_filters_are_opencvs_to_the_last_bit(name: str, number: str):
    expected = OPENCV[f"resize/{number}/{name}"]
    found = resized(OPENCV[f"resize/{number}/pixels"], *expected.shape[:2], name)
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected)


def test_opencvs_area_of_floats_is_opencvs():
    for number in ("0", "1", "2"):
        expected = OPENCV[f"resize/{number}/float-area"]
        pixels = OPENCV[f"resize/{number}/pixels"].astype(np.float32) / 255
        np.testing.assert_allclose(resized(pixels, *expected.shape[:2], "opencv-area"), expected, atol=1e-6)


def test_opencvs_bilinear_of_floats_is_within_half_a_level_of_that_of_bytes():
    pixels = noise(20, 31)
    floats = resized(pixels.astype(np.float32), 13, 17, "opencv-bilinear")
    assert floats.dtype == np.float32
    assert np.abs(floats - resized(pixels, 13, 17, "opencv-bilinear")).max() < 1


@pytest.mark.parametrize("number", numbers(TENSORFLOW, "resize"))
@pytest.mark.parametrize("name", ["tensorflow-bilinear", "tensorflow-bicubic", "tensorflow-nearest"])
def test_tensorflow_2s_filters_are_tensorflows_to_the_last_bit(name: str, number: str):
    expected = TENSORFLOW[f"resize/{number}/{name}"]
    found = resized(TENSORFLOW[f"resize/{number}/pixels"], *expected.shape[:2], name)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("number", numbers(TORCH, "resize"))
@pytest.mark.parametrize("name", ["torch-bilinear", "torch-bilinear-antialias"])
def test_torchs_filters_are_torchs_to_a_thousandth_of_a_level(name: str, number: str):
    expected = TORCH[f"resize/{number}/{name}"]
    found = resized(TORCH[f"resize/{number}/pixels"], *expected.shape[:2], name)
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("name", [*FLOAT_FILTERS, *PILLOW_FILTERS])
def test_every_filter_takes_one_channel_and_gives_one(name: Any):
    grey, colored = noise(9, 13, 1), np.repeat(noise(9, 13, 1), 3, axis=2)
    found = resized(grey, 5, 21, name)
    assert found.shape == (5, 21, 1)
    assert np.array_equal(found[:, :, 0], resized(colored, 5, 21, name)[:, :, 1])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_neighbours_are_always_pixels_that_there_are(size: int, wanted: int):
    places = half_pixel(size, wanted)
    assert places.before.min() >= 0
    assert places.after.max() < size
    assert ((places.fraction >= 0) & (places.fraction < 1)).all()


@pytest.mark.parametrize("number", numbers(OPENCV, "letterbox"))
def test_letterbox_is_yolos_with_opencv(number: str):
    pixels, expected = OPENCV[f"letterbox/{number}/pixels"], OPENCV[f"letterbox/{number}/framed"]
    framed = Letterbox(width=24, height=18, filter="opencv-bilinear").apply(Picture.whole(pixels))
    assert np.array_equal(framed.pixels, expected)


@pytest.mark.parametrize("number", numbers(TENSORFLOW, "framed"))
def test_letterbox_is_tensorflows_resize_with_pad(number: str):
    pixels, expected = TENSORFLOW[f"framed/{number}/pixels"], TENSORFLOW[f"framed/{number}/framed"]
    step = Letterbox(width=16, height=12, filter="tensorflow-bilinear", color=(0,), rounding="tensorflow")
    assert np.array_equal(step.apply(Picture.whole(pixels)).pixels, expected)


@pytest.mark.parametrize("fraction", [0.875, 0.5])
@pytest.mark.parametrize("number", numbers(TENSORFLOW, "framed"))
def test_a_fraction_is_cropped_as_tensorflow_does(number: str, fraction: float):
    pixels = TENSORFLOW[f"framed/{number}/pixels"]
    cropped = Crop(fraction=fraction).apply(Picture.whole(pixels))
    assert np.array_equal(cropped.pixels, TENSORFLOW[f"framed/{number}/{fraction}"])


def test_letterbox_is_pillows_pad_where_nothing_is_rounded():
    pixels = noise(20, 40)
    framed = Letterbox(width=32, height=32, filter="bilinear", color=(9, 8, 7)).apply(Picture.whole(pixels))
    expected = ImageOps.pad(Image.fromarray(pixels), (32, 32), Image.Resampling.BILINEAR, color=(9, 8, 7))
    assert np.array_equal(framed.pixels, np.asarray(expected))
    assert framed.window == (-0.5, 0.0, 1.5, 1.0)


def test_letterbox_goes_to_the_next_multiple_of_the_stride_only():
    # 1080 x 810 in 640 x 640 with stride 32: YOLO's auto gives 640 x 480
    step = Letterbox(width=640, height=640, filter="opencv-nearest", multiple=32)
    assert step.apply(Picture.whole(np.zeros((1080, 810, 3), np.uint8))).pixels.shape == (640, 480, 3)
    assert step.apply(Picture.whole(np.zeros((100, 333, 3), np.uint8))).pixels.shape == (192, 640, 3)


def test_letterbox_leaves_a_small_picture_as_it_is_where_it_may_not_grow():
    pixels = noise(4, 6)
    framed = Letterbox(width=10, height=8, filter="opencv-bilinear", align="top-left", enlarge=False).apply(
        Picture.whole(pixels)
    )
    assert np.array_equal(framed.pixels[:4, :6], pixels)
    assert (framed.pixels[4:] == 114).all()
    assert (framed.pixels[:, 6:] == 114).all()
    assert framed.window == (0.0, 0.0, 2.0, 10 / 6)


@pytest.mark.parametrize("side", [7, 14])
@pytest.mark.parametrize("number", numbers(TORCH, "classifier"))
def test_a_classifiers_steps_are_torchvisions_to_the_last_bit(number: str, side: int):
    steps = [
        ResizeSide(side="shorter", length=10, filter="bilinear"),
        Crop(width=side, height=side),
        Normalize(divide_by=255, mean=MEAN, std=STD),
        Layout(order="CHW"),
    ]
    given = preprocess(Picture.whole(TORCH[f"classifier/{number}/pixels"]), steps)
    assert np.array_equal(given.tensors()[None][0], TORCH[f"classifier/{number}/{side}"])


def test_the_last_pixel_of_a_side_is_that_of_whoever_trained_the_model():
    # 513 / 450 * 100 is 113.99999999999999 in floating point, and 513 * 100 / 450 is 114
    assert fitted(100, 450, 513, "ratio-floor") == 113
    assert fitted(100, 450, 513, "floor") == 114
    # and then the side itself may miss its own length
    assert fitted(55, 55, 224, "ratio-floor") == 223
    assert fitted(55, 55, 224, "floor") == 224
    # a half: JavaScript's goes up, Python's to the even one, torchvision's down
    halves = {way: fitted(5, 10, 9, way) for way in ("ratio-half-up", "ratio-half-even", "floor")}
    assert halves == {"ratio-half-up": 5, "ratio-half-even": 4, "floor": 4}
    assert fitted(1, 1000, 10, "ratio-half-even") == 1


def test_a_picture_for_the_models_of_max_in_the_browser_is_made_as_there():
    # computeTargetSize: Math.round(512 / 451 * 300) is 341, and tf.image.resizeBilinear is TensorFlow 1's
    picture = Picture.whole(noise(300, 451))
    chain = [
        ResizeSide(side="longer", length=512, filter="tensorflow-legacy-bilinear", rounding="ratio-half-up"),
        Dtype(dtype="uint8", rounding="truncate"),
    ]
    given = preprocess(picture, chain).tensors()[None]
    assert given.dtype == np.uint8
    assert np.array_equal(given[0], legacy_bilinear(picture.pixels, 341, 512).astype(np.uint8))


def test_the_longer_side_stays_below_its_limit():
    step = ResizeSide(side="shorter", length=800, most=1333, filter="bilinear")
    assert side_resized(480, 640, step) == (800, 1066)
    assert side_resized(300, 1000, step) == (399, 1333)
    assert side_resized(30, 10, ResizeSide(side="longer", length=60, filter="nearest", enlarge=False)) == (
        30,
        10,
    )


@pytest.mark.parametrize(
    ("formula", "recorded"), [("opencv", OPENCV), ("tensorflow", TENSORFLOW)], ids=["opencv", "tensorflow"]
)
def test_grayscale_is_that_of_its_library(formula: Any, recorded: Any):
    grey = Grayscale(formula=formula).apply(Picture.whole(recorded["gray/pixels"]))
    assert np.array_equal(grey.pixels.squeeze(), recorded["gray/gray"].squeeze())


def test_grayscale_is_pillows_for_every_amount_of_every_colour():
    ramp = np.arange(256, dtype=np.uint8)
    pixels = np.stack(np.meshgrid(ramp[::5], ramp[::5], ramp[::5]), axis=-1).reshape(-1, 52, 3)
    grey = Grayscale().apply(Picture.whole(pixels)).pixels
    assert np.array_equal(grey[:, :, 0], np.asarray(Image.fromarray(pixels).convert("L")))


def test_grey_of_reversed_colours_is_the_same_grey():
    picture = Picture.whole(noise(6, 7))
    reversed_ = ColorOrder(order="bgr").apply(picture)
    assert np.array_equal(reversed_.pixels, picture.pixels[:, :, ::-1])
    assert np.array_equal(Grayscale().apply(reversed_).pixels, Grayscale().apply(picture).pixels)
    assert np.array_equal(
        Grayscale(channels=3).apply(picture).pixels[:, :, 2:], Grayscale().apply(picture).pixels
    )


def test_colours_are_reversed_once_and_back():
    picture = Picture.whole(noise(2, 3))
    step = ColorOrder(order="bgr")
    assert np.array_equal(step.apply(step.apply(picture)).pixels, picture.pixels[:, :, ::-1])
    assert np.array_equal(ColorOrder(order="rgb").apply(step.apply(picture)).pixels, picture.pixels)
    assert ColorOrder(order="rgb").apply(picture) is picture


def test_keras_caffe_mode_is_reversed_colours_less_their_means():
    picture = Picture.whole(noise(4, 5))
    steps = [ColorOrder(order="bgr"), Normalize(mean=(103.939, 116.779, 123.68))]
    expected = picture.pixels[:, :, ::-1].astype(np.float32) - np.array(
        [103.939, 116.779, 123.68], np.float32
    )
    assert np.array_equal(preprocess(picture, steps).tensors()[None][0], expected)


def test_normalize_knows_which_axis_the_channels_are():
    picture = Picture.whole(noise(3, 5))
    step = Normalize(divide_by=255, mean=MEAN, std=STD)
    after = preprocess(picture, [Layout(order="CHW"), step]).tensors()
    before = preprocess(picture, [step, Layout(order="CHW")]).tensors()
    assert np.array_equal(after[None], before[None])
    with pytest.raises(ValueError, match="2 values of mean, and the picture 3 channels"):
        Normalize(mean=(1, 2)).apply(picture)


def test_the_only_channel_can_be_left_out_but_not_one_of_three():
    grey = preprocess(Picture.whole(noise(3, 5)), [Grayscale(), Layout(order="HW"), Scale(multiply=1 / 255)])
    assert grey.tensors()[None].shape == (1, 3, 5)
    with pytest.raises(ValueError, match="put grayscale before it"):
        Layout(order="HW").apply(Picture.whole(noise(3, 5)))


@pytest.mark.parametrize(
    "step",
    [
        Resize(width=2, height=2, filter="nearest"),
        ResizeSide(side="shorter", length=2, filter="nearest"),
        Letterbox(width=2, height=2, filter="nearest"),
        Crop(width=2, height=2),
        Pad(multiple=4),
        Grayscale(),
        ColorOrder(order="bgr"),
        Layout(order="CHW"),
    ],
    ids=lambda step: step.step,
)
def test_a_step_that_needs_channels_last_says_where_to_stand_and_takes_no_sound(step: Any):
    planes = Layout(order="CHW").apply(Picture.whole(noise(3, 5)))
    with pytest.raises(ValueError, match="put it before layout"):
        step.apply(planes)
    with pytest.raises(ValueError, match=f"{step.step} does not take sounds"):
        step.apply(Sound(np.zeros(4, np.float32), 8000))


def test_quantized_values_are_rounded_away_from_0_and_end_at_the_limits():
    values = Picture.whole(np.array([[[-1.5], [-0.25], [0.25], [0.75], [200.0]]], np.float32))
    away = Dtype(dtype="int8", scale=0.5, zero_point=-3).apply(values).pixels.ravel()
    assert away.dtype == np.int8
    assert away.tolist() == [-6, -4, -2, -1, 127]
    even = Dtype(dtype="int8", scale=0.5, zero_point=-3, rounding="nearest-even").apply(values)
    assert even.pixels.ravel().tolist() == [-6, -3, -3, -1, 127]
    assert Dtype(dtype="uint8", rounding="truncate").apply(values).pixels.ravel().tolist() == [
        0,
        0,
        0,
        0,
        200,
    ]


def test_pixels_are_quantized_to_signed_bytes_as_tflite_shifts_them():
    ramp = Picture.whole(np.arange(256, dtype=np.uint8).reshape(1, 256, 1))
    parts = Normalize(divide_by=255).apply(ramp)
    signed = Dtype(dtype="int8", scale=1 / 255, zero_point=-128).apply(parts)
    assert signed.pixels.ravel().tolist() == list(range(-128, 128))
    assert Dtype(dtype="float16").apply(ramp).pixels.dtype == np.float16


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Dtype(dtype="int8", zero_point=3), "zero_point needs scale"),
        (lambda: Dtype(dtype="float32", scale=0.5), "scale is for whole numbers"),
        (lambda: Crop(width=3), "needs width and height, or fraction, or square"),
        (lambda: Crop(width=3, height=3, fraction=0.5), "needs width and height, or fraction, or square"),
        (lambda: Pad(width=3), "needs width and height, or multiple"),
        (lambda: Pad(width=3, height=3, multiple=2), "needs width and height, or multiple"),
        (lambda: Normalize(std=(0,)), "greater than 0"),
        (lambda: Resize(width=2, height=2, filter="cubic"), "opencv-area"),
    ],
)
def test_options_that_contradict_each_other_are_refused(make: Any, says: str):
    with pytest.raises(ValidationError, match=says):
        make()


def test_a_picture_is_padded_on_both_sides_or_below_and_right_but_never_cut():
    picture = Picture.whole(noise(5, 6))
    padded = Pad(multiple=4, color=(1, 2, 3)).apply(picture)
    assert padded.pixels.shape == (8, 8, 3)
    assert np.array_equal(padded.pixels[1:6, 1:7], picture.pixels)
    assert padded.pixels[0, 0].tolist() == [1, 2, 3]
    corner = Pad(width=6, height=9, align="top-left").apply(picture)
    assert np.array_equal(corner.pixels[:5], picture.pixels)
    assert not corner.pixels[5:].any()
    with pytest.raises(BadInputError, match="6 x 5 pixels, more than the 4 x 9"):
        Pad(width=4, height=9).apply(picture)


@pytest.mark.parametrize(("color", "says"), [((1, 2), "2 values"), ((0.5,), "uint8"), ((256,), "uint8")])
def test_a_colour_that_the_pixels_cannot_hold_is_refused(color: tuple[float, ...], says: str):
    with pytest.raises(ValueError, match=says):
        Pad(width=9, height=9, color=color).apply(Picture.whole(noise(5, 6)))


def test_the_square_is_the_largest_in_the_middle_or_at_the_corner():
    pixels = noise(4, 9)
    assert np.array_equal(Crop(square=True).apply(Picture.whole(pixels)).pixels, pixels[:, 2:6])
    # half of 5 is 2.5: to the even one, or down; of 7 it is 3.5
    wide = noise(4, 11)
    assert np.array_equal(Crop(square=True).apply(Picture.whole(wide)).pixels, wide[:, 4:8])
    floor = Crop(square=True, rounding="floor").apply(Picture.whole(wide))
    assert np.array_equal(floor.pixels, wide[:, 3:7])
    corner = Crop(square=True, align="top-left").apply(Picture.whole(pixels))
    assert np.array_equal(corner.pixels, pixels[:, :4])


size = st.integers(1, 24)
filters = st.sampled_from(["nearest", "opencv-nearest", "tensorflow-nearest"])
steps = st.one_of(
    st.builds(Resize, width=size, height=size, filter=filters),
    st.builds(ResizeSide, side=st.sampled_from(["shorter", "longer"]), length=size, filter=filters),
    st.builds(
        Letterbox,
        width=size,
        height=size,
        filter=filters,
        align=st.sampled_from(["center", "top-left"]),
        rounding=st.sampled_from(["floor", "ratio-floor", "ratio-half-up", "ratio-half-even", "tensorflow"]),
        enlarge=st.booleans(),
        multiple=st.none() | st.integers(1, 8),
    ),
    st.builds(Crop, width=size, height=size, align=st.sampled_from(["center", "top-left"])),
    st.builds(Crop, fraction=st.floats(0.2, 1)),
    st.builds(Crop, square=st.just(True)),
    st.builds(Pad, multiple=st.integers(1, 8), align=st.sampled_from(["center", "top-left"])),
)


@settings(max_examples=300, deadline=None)
@given(size, size, st.lists(steps, max_size=3))
def test_a_point_of_what_the_model_sees_lies_in_the_whole_where_its_pixel_came_from(
    rows: int, columns: int, chain: list[Any]
):
    # each pixel holds where it stands: row, column, and that it is one
    places = np.zeros((rows, columns, 3), np.uint8)
    places[:, :, 0], places[:, :, 1] = np.arange(rows)[:, None], np.arange(columns)
    places[:, :, 2] = 200
    seen: Any = preprocess(Picture.whole(places), chain)
    height, width = seen.rows_columns()
    middles = np.stack(np.meshgrid(np.arange(height) + 0.5, np.arange(width) + 0.5, indexing="ij"), axis=-1)
    whole = seen.points_in_whole((middles / (height, width)).astype(np.float32)) * (rows, columns)
    real = seen.pixels[:, :, 2] == 200
    came_from = seen.pixels[:, :, :2].astype(float) + 0.5
    # a resized pixel is as large as this many of the whole; each resize may be off by one of its own
    top, left, bottom, right = seen.window
    sizes = [((bottom - top) * rows / height, (right - left) * columns / width)]
    for count in range(len(chain)):
        before: Any = preprocess(Picture.whole(places), chain[:count])
        (top, left, bottom, right), (tall, wide) = before.window, before.rows_columns()
        sizes.append(((bottom - top) * rows / tall, (right - left) * columns / wide))
    slack = np.sum(sizes, axis=0) + 0.01
    assert (np.abs(whole - came_from)[real] <= slack).all()
    if not any(isinstance(step, Resize | ResizeSide | Letterbox) for step in chain):
        # what is beyond the edge is no pixel of the picture, and all others are unless something was cut off first
        outside = ((whole < 0) | (whole > (rows, columns))).any(axis=-1)
        assert not (outside & real).any()
        assert np.array_equal(outside, ~real) or any(isinstance(step, Crop) for step in chain)
        np.testing.assert_allclose(whole[real], came_from[real], atol=1e-3)


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 60), st.integers(2, 60), size, size, st.sampled_from(["center", "top-left"]), st.data())
def test_a_box_in_a_letterbox_lies_in_the_whole_where_it_was_drawn(
    rows: int, columns: int, height: int, width: int, align: Any, data: st.DataObject
):
    framed = Letterbox(width=width, height=height, filter="nearest", color=(0,), align=align).apply(
        Picture.whole(np.full((rows, columns, 3), 255, np.uint8))
    )
    full = np.argwhere(framed.pixels[:, :, 0])
    (top, left), (bottom, right) = full.min(axis=0), full.max(axis=0) + 1
    # what part of the picture, and the same part of what is inside the frame
    parts = np.sort(data.draw(st.lists(st.integers(0, 8), min_size=4, max_size=4))) / 8
    y0, x0, y1, x1 = parts[0], parts[1], parts[2], parts[3]
    tall, wide = bottom - top, right - left
    drawn = [
        (top + y0 * tall) / height,
        (left + x0 * wide) / width,
        (top + y1 * tall) / height,
        (left + x1 * wide) / width,
    ]
    found = framed.boxes_in_whole(np.array([drawn], np.float32))
    np.testing.assert_allclose(found[0], [y0, x0, y1, x1], atol=1e-5)
