from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from maxctl.serving.errors import BadInputError, ServingError, TooManyPixelsError
from maxctl.serving.steps.decode_image import decode_image, to_rgb

LIMIT = 1_000_000
Encode = Callable[..., bytes]


def shades(mode: str = "RGB") -> Image.Image:
    red = np.linspace(0, 255, 16 * 12).reshape(12, 16).astype(np.uint8)
    image = Image.fromarray(np.stack((red, red[::-1], 255 - red), axis=2))
    return image if mode == "RGB" else image.convert(mode)


@pytest.mark.parametrize(
    ("mode", "format"),
    [
        *((mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *((mode, "JPEG") for mode in ("L", "RGB", "CMYK", "YCbCr")),
        *((mode, "WEBP") for mode in ("RGB", "RGBA", "L")),
    ],
)
def test_every_mode_that_a_file_can_have_becomes_rgb_of_the_same_size(
    encoded: Encode, mode: str, format: str
):
    image = shades("L").convert("I;16") if mode == "I;16" else shades(mode)
    pixels = decode_image(encoded(image, format), max_pixels=LIMIT)
    assert pixels.shape == (12, 16, 3)
    assert pixels.dtype == np.uint8


MODES = "1 L LA La P PA RGB RGBA RGBa RGBX CMYK YCbCr LAB HSV I F I;16 I;16B"


@pytest.mark.parametrize("mode", MODES.split())
def test_every_mode_of_pillow_becomes_rgb(mode: str):
    if mode in ("La", "RGBa"):
        image = shades("LA" if mode == "La" else "RGBA").convert(mode)
    elif mode == "PA":
        image = shades("P").convert("PA")
    elif mode == "LAB":
        image = Image.new("LAB", (16, 12))
    else:
        image = Image.new(mode, (16, 12))
    assert to_rgb(image).mode == "RGB"


def test_rgb_pixels_are_pillows_own(encoded: Encode):
    data = encoded(shades(), "JPEG", quality=80)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(decode_image(data, max_pixels=LIMIT), np.asarray(image))


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_sixteen_bit_grey_is_scaled_rather_than_clipped(mode: str):
    values = np.array([[0, 255, 0x1234, 0x8000, 0xFFFF]])
    image = Image.fromarray(values.astype({"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]))
    assert image.mode == mode
    assert np.asarray(to_rgb(image))[0, :, 0].tolist() == [0, 0, 0x12, 0x80, 0xFF]


def test_a_sixteen_bit_png_is_scaled(encoded: Encode):
    image = Image.fromarray(np.array([[0x8000]], np.uint16))
    assert decode_image(encoded(image), max_pixels=LIMIT).tolist() == [[[128, 128, 128]]]


def test_transparency_is_dropped_and_the_colour_beneath_it_used(encoded: Encode):
    image = Image.new("RGBA", (1, 1), (200, 100, 50, 0))
    assert decode_image(encoded(image), max_pixels=LIMIT).tolist() == [[[200, 100, 50]]]


def test_a_palette_with_a_transparent_entry_is_answered(encoded: Encode):
    image = Image.new("P", (1, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    assert decode_image(encoded(image, transparency=0), max_pixels=LIMIT).tolist() == [[[10, 20, 30]]]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_exif_orientation_is_honoured(encoded: Encode, format: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format == "JPEG" else {}
    plain = decode_image(encoded(shades(), format, **options), max_pixels=LIMIT)
    turned = decode_image(encoded(shades(), format, exif=exif, **options), max_pixels=LIMIT)
    upright = Image.fromarray(plain)
    upright.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(upright))
    assert np.array_equal(turned, expected)
    assert (orientation == 1) == np.array_equal(turned, plain)


def test_unreadable_exif_does_not_spoil_a_readable_picture(encoded: Encode):
    data = encoded(shades(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decode_image(data, max_pixels=LIMIT).shape == (12, 16, 3)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 1000) + b"IDAT"


@pytest.mark.parametrize(("width", "height"), [(1001, 1000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header_alone(width: int, height: int):
    # there is no pixel data at all, so a decoder that began would report damage instead
    with pytest.raises(TooManyPixelsError) as refusal:
        decode_image(png_header(width, height), max_pixels=LIMIT)
    assert "pixels" in refusal.value.errors["image"]


def test_as_many_pixels_as_allowed_are_decoded(encoded: Encode):
    assert decode_image(encoded(shades()), max_pixels=16 * 12).shape == (12, 16, 3)
    with pytest.raises(TooManyPixelsError):
        decode_image(encoded(shades()), max_pixels=16 * 12 - 1)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"GIF89a" + b"\0" * 40, b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8"]
)
def test_what_is_no_picture_is_refused_and_told_what_is_read(data: bytes):
    with pytest.raises(BadInputError) as refusal:
        decode_image(data, max_pixels=LIMIT)
    assert refusal.value.message in ("Unrecognized image format", "Image cannot be decoded")


def test_a_gif_is_refused_with_the_formats_that_are_read(encoded: Encode):
    with pytest.raises(BadInputError, match="PNG, JPEG or WebP"):
        decode_image(encoded(shades("P"), "GIF"), max_pixels=LIMIT)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_short_is_refused_as_damaged(encoded: Encode, format: str):
    data = encoded(Image.effect_noise((64, 64), 80).convert("RGB"), format)
    with pytest.raises(BadInputError, match="damaged or cut short"):
        decode_image(data[: len(data) * 2 // 3], max_pixels=LIMIT)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_bytes_make_the_decoder_raise_anything_but_a_refusal(encoded: Encode, data: st.DataObject):
    whole = bytearray(encoded(shades(), data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = decode_image(bytes(whole[: data.draw(st.integers(0, len(whole)))]), max_pixels=LIMIT)
    except ServingError as refusal:
        assert refusal.status in (400, 413)
    else:
        assert pixels.ndim == 3
