"""Write `tensorflow_pictures.npz`: what TensorFlow 2's `tf.image` answers, for tests that run without it.

Run by hand when a case is added: `python tests/serving/recorded/record_pictures_from_tensorflow.py`.
The file here was made with TensorFlow 2.21.0.
"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
SIZES = [(17, 29, 7, 10), (7, 10, 15, 19), (14, 9, 9, 13), (16, 12, 8, 6), (1, 1, 3, 5), (6, 6, 6, 6)]
FRAMED = [(15, 23), (16, 9), (6, 5), (12, 16), (23, 24), (4, 31)]


def cases(random):
    for number, (rows, columns, height, width) in enumerate(SIZES):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        yield f"resize/{number}/pixels", pixels
        for method in ("bilinear", "bicubic", "nearest"):
            yield f"resize/{number}/tensorflow-{method}", tf.image.resize(pixels, (height, width), method).numpy()
    for number, (rows, columns) in enumerate(FRAMED):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        yield f"framed/{number}/pixels", pixels
        yield f"framed/{number}/framed", tf.image.resize_with_pad(pixels, 12, 16).numpy()
        for fraction in (0.875, 0.5):
            yield f"framed/{number}/{fraction}", tf.image.central_crop(pixels, fraction).numpy()
    colors = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    yield "gray/pixels", colors
    yield "gray/gray", tf.image.rgb_to_grayscale(colors).numpy()


if __name__ == "__main__":
    np.savez_compressed(HERE / "tensorflow_pictures.npz", **dict(cases(np.random.default_rng(20261123))))
