"""Write `opencv.npz`: what OpenCV itself answers, for tests that run without it.

Run by hand when a case is added: `python tests/serving/recorded/record_from_opencv.py`.
The file here was made with opencv-python-headless 4.13.0.92; 5.0.0.93 gives the same bytes.
"""

from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
FILTERS = {"opencv-bilinear": cv2.INTER_LINEAR, "opencv-area": cv2.INTER_AREA, "opencv-nearest": cv2.INTER_NEAREST}
# rows, columns, wanted height and width: smaller, larger, one of each, halves, thirds, single pixels, equal
SIZES = [
    (21, 33, 9, 14),
    (9, 14, 19, 25),
    (20, 11, 13, 19),
    (16, 24, 8, 12),
    (21, 24, 7, 6),
    (1, 1, 3, 5),
    (11, 7, 1, 1),
    (12, 12, 12, 12),
    (40, 7, 11, 7),
]


def letterboxed(pixels, height, width, color=114):
    """YOLO's letterbox, as its packages write it with cv2."""
    rows, columns = pixels.shape[:2]
    ratio = min(height / rows, width / columns)
    inner = round(columns * ratio), round(rows * ratio)
    beside, above = (width - inner[0]) / 2, (height - inner[1]) / 2
    if (columns, rows) != inner:
        pixels = cv2.resize(pixels, inner, interpolation=cv2.INTER_LINEAR)
    top, bottom = round(above - 0.1), round(above + 0.1)
    left, right = round(beside - 0.1), round(beside + 0.1)
    return cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(color,) * 3)


def cases(random):
    for number, (rows, columns, height, width) in enumerate(SIZES):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        yield f"resize/{number}/pixels", pixels
        for name, flag in FILTERS.items():
            yield f"resize/{number}/{name}", cv2.resize(pixels, (width, height), interpolation=flag)
        if number > 2:
            continue
        floats = cv2.resize(pixels.astype(np.float32) / 255, (width, height), interpolation=cv2.INTER_AREA)
        yield f"resize/{number}/float-area", floats
    colors = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    yield "gray/pixels", colors
    yield "gray/gray", cv2.cvtColor(colors, cv2.COLOR_RGB2GRAY)
    for number, (rows, columns) in enumerate([(23, 31), (27, 14), (10, 7), (18, 24)]):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        yield f"letterbox/{number}/pixels", pixels
        yield f"letterbox/{number}/framed", letterboxed(pixels, 18, 24)


if __name__ == "__main__":
    np.savez_compressed(HERE / "opencv.npz", **dict(cases(np.random.default_rng(20261123))))
