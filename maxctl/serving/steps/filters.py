"""The filters by name that `resize`, `resize_side` and `letterbox` know. They differ: by up to .1 in a score.

- `bilinear`, `bicubic`, `lanczos`, `box`, `hamming`, `nearest`: Pillow's, which blur where a picture shrinks
  (anti-aliasing). torchvision's `Resize` of a PIL image is Pillow's.
- `opencv-bilinear`, `opencv-area`, `opencv-nearest`: `cv2.resize` with INTER_LINEAR, INTER_AREA, INTER_NEAREST.
- `tensorflow-bilinear`, `tensorflow-bicubic`, `tensorflow-nearest`: `tf.image.resize` of TensorFlow 2, antialias
  false. `torch-bilinear`: `torch.nn.functional.interpolate`, align_corners false.
- `torch-bilinear-antialias`: the same with antialias true, as torchvision resizes tensors.
- `tensorflow-legacy-bilinear`: TensorFlow 1's, and `resizeBilinear` of TF.js.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from PIL import Image

from .bicubic import bicubic
from .bilinear import bilinear, half_pixel
from .legacy_bilinear import legacy_bilinear
from .opencv_resize import opencv_area, opencv_bilinear, opencv_nearest
from .options import Array

PILLOW_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
    "nearest": Image.Resampling.NEAREST,
}
Filter = Literal[
    "tensorflow-legacy-bilinear",
    "tensorflow-bilinear",
    "tensorflow-bicubic",
    "tensorflow-nearest",
    "torch-bilinear",
    "torch-bilinear-antialias",
    "opencv-bilinear",
    "opencv-area",
    "opencv-nearest",
    "bilinear",
    "bicubic",
    "lanczos",
    "box",
    "hamming",
    "nearest",
]


def resized(pixels: Array, height: int, width: int, name: Filter) -> Array:
    """Return [height,width,C] of pixels [H,W,C].

    uint8 from Pillow's filters, which take nothing else; the dtype of the pixels from OpenCV's (float32 where
    they are no uint8) and from the nearest of TensorFlow's; float32 in the range of the pixels from the others.
    """
    if name in FLOAT_FILTERS:
        return FLOAT_FILTERS[name](pixels, height, width)
    if pixels.dtype != np.uint8:
        raise ValueError(f"resize by {name} takes uint8 pixels, not {pixels.dtype}: put it before scale")
    return _by_pillow(pixels, height, width, PILLOW_FILTERS[name])


def _by_pillow(pixels: Array, height: int, width: int, kind: Image.Resampling) -> Array:
    grey = pixels.shape[2] == 1
    image = Image.fromarray(pixels[:, :, 0] if grey else pixels).resize((width, height), kind)
    return np.asarray(image)[:, :, np.newaxis] if grey else np.asarray(image)


def _half_pixel_bilinear(pixels: Array, height: int, width: int) -> Array:
    if pixels.shape[:2] == (height, width):
        return pixels.astype(np.float32)
    return bilinear(pixels, half_pixel(pixels.shape[0], height), half_pixel(pixels.shape[1], width))


def _half_pixel_bicubic(pixels: Array, height: int, width: int) -> Array:
    if pixels.shape[:2] == (height, width):
        return pixels.astype(np.float32)
    return bicubic(pixels, height, width)


def _half_pixel_nearest(pixels: Array, height: int, width: int) -> Array:
    """Return the pixel that the middle falls into, `floor((x + .5) * scale)` in float32."""
    rows, columns = (
        np.minimum(
            np.floor((np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * (np.float32(size) / wanted)),
            size - 1,
        ).astype(np.intp)
        for size, wanted in ((pixels.shape[0], height), (pixels.shape[1], width))
    )
    nearest: Array = pixels[rows][:, columns]
    return nearest


def _antialiased(pixels: Array, height: int, width: int) -> Array:
    """Return Pillow's bilinear of each channel in floating point, which PyTorch's antialias follows."""
    channels = [
        Image.fromarray(np.ascontiguousarray(pixels[:, :, number], np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for number in range(pixels.shape[2])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=2)


FLOAT_FILTERS: Mapping[str, Callable[[Array, int, int], Array]] = {
    "tensorflow-legacy-bilinear": legacy_bilinear,
    "tensorflow-bilinear": _half_pixel_bilinear,
    "tensorflow-bicubic": _half_pixel_bicubic,
    "tensorflow-nearest": _half_pixel_nearest,
    "torch-bilinear": _half_pixel_bilinear,
    "torch-bilinear-antialias": _antialiased,
    "opencv-bilinear": opencv_bilinear,
    "opencv-area": opencv_area,
    "opencv-nearest": opencv_nearest,
}
