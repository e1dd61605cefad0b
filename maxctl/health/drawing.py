"""An answer drawn over the picture that was asked about: boxes, regions, or points."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxctl.core.errors import UsageError

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

GOLDEN_ANGLE = 0.381966
"""Hues this far apart stay distinct, however many there are."""


def draw(picture: Path, answer: dict[str, Any], target: Path) -> None:
    """Write the picture with the answer drawn over it as a PNG.

    Raises `UsageError` where the input is no picture, or the answer holds nothing that has a place in it.
    """
    from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

    try:
        image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
    except UnidentifiedImageError:
        raise UsageError(
            f"{picture} is no picture to draw on", hint="leave --picture out; --format json has all figures"
        ) from None
    predictions = answer.get("predictions", ())
    if "seg_map" in answer:
        image = _regions(image, answer["seg_map"])
    elif any("body_parts" in one for one in predictions):
        _points(ImageDraw.Draw(image), image, predictions)
    elif any("detection_box" in one for one in predictions) or not predictions:
        _boxes(ImageDraw.Draw(image), image, predictions)
    else:
        _lines(ImageDraw.Draw(image), image, predictions)
    image.save(target, "PNG")


def _color(number: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number * GOLDEN_ANGLE % 1, 0.85, 0.95)
    return int(red * 255), int(green * 255), int(blue * 255)


def _font(image: Image.Image) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(max(12, min(image.size) // 28))


def _boxes(draw: ImageDraw.ImageDraw, image: Image.Image, predictions: Any) -> None:
    width, height = image.size
    labels = list(dict.fromkeys(one["label"] for one in predictions))
    stroke = max(2, min(image.size) // 200)
    for one in reversed(predictions):  # the surest lies on top
        ymin, xmin, ymax, xmax = one["detection_box"]
        left, right = sorted((xmin * width, xmax * width))
        top, bottom = sorted((ymin * height, ymax * height))
        color = _color(labels.index(one["label"]))
        draw.rectangle((left, top, right, bottom), outline=color, width=stroke)
        _tag(draw, image, (left, top), f"{one['label']} {one['probability']:.2f}", color)


def _tag(
    draw: ImageDraw.ImageDraw, image: Image.Image, at: tuple[float, float], text: str, color: Any
) -> None:
    font = _font(image)
    left, top, right, bottom = draw.textbbox(at, text, font=font)
    x = min(max(0.0, at[0]), max(0.0, image.width - (right - left) - 6))
    y = max(0.0, at[1])
    left, top, right, bottom = draw.textbbox((x + 3, y + 1), text, font=font)
    draw.rectangle((left - 3, top - 2, right + 3, bottom + 2), fill=color)
    draw.text((x + 3, y + 1), text, font=font, fill=(0, 0, 0))


def _lines(draw: ImageDraw.ImageDraw, image: Image.Image, predictions: Any) -> None:
    y = 4.0
    for number, one in enumerate(predictions[:5]):
        text = f"{one.get('label', one)} {one['probability']:.3f}" if "probability" in one else str(one)
        _tag(draw, image, (4, y), text, _color(number))
        y += max(12, min(image.size) // 28) * 1.6


def _regions(image: Image.Image, seg_map: list[list[int]]) -> Image.Image:
    import numpy as np
    from PIL import Image

    classes = np.array(seg_map)
    palette = np.array(
        [(0, 0, 0), *(_color(number) for number in range(1, int(classes.max()) + 1))], np.uint8
    )
    colors = Image.fromarray(palette[classes]).resize(image.size, Image.Resampling.NEAREST)
    mask = Image.fromarray(((classes > 0) * 140).astype(np.uint8)).resize(
        image.size, Image.Resampling.NEAREST
    )
    return Image.composite(
        Image.blend(image, colors, 0.55), image, mask.point(lambda value: 255 if value else 0)
    )


def _points(draw: ImageDraw.ImageDraw, image: Image.Image, predictions: Any) -> None:
    radius = max(2, min(image.size) // 120)
    for number, one in enumerate(predictions):
        for line in one.get("pose_lines", ()):
            draw.line(tuple(line["line"]), fill=_color(number), width=radius)
        for part in one["body_parts"]:
            x, y = part["x"], part["y"]
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius), fill=_color(number), outline=(0, 0, 0)
            )
