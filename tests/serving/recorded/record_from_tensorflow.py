"""Write `tensorflow.npz` and `tiny.tflite`: what TensorFlow itself answers, for tests that run without it.

Run by hand when a case is added: `python tests/serving/recorded/record_from_tensorflow.py`.
The files here were made with TensorFlow 2.21.0.
"""

import os
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
RESIZES = [(17, 31, 24, 24), (48, 64, 30, 30), (1, 1, 5, 7), (20, 20, 20, 20), (2, 3, 4, 9), (90, 7, 30, 51)]


def resizes(random):
    for number, (rows, columns, height, width) in enumerate(RESIZES):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        resized = tf.compat.v1.image.resize_bilinear(
            pixels[None], (height, width), align_corners=False, half_pixel_centers=False
        )
        yield f"resize/{number}/pixels", pixels
        yield f"resize/{number}/resized", resized.numpy()[0]


def suppressions(random):
    for number in range(8):
        corners = random.random((60, 2, 2), dtype=np.float32)
        # some boxes the wrong way round, some without area, some twice, some of equal score
        boxes = np.concatenate((corners[:, 0], corners[:, 0] + (corners[:, 1] - 0.3) * 0.6), axis=1)
        boxes[5], boxes[6, 2:], boxes[8] = boxes[4], boxes[6, :2], boxes[7]
        scores = np.round(random.random(60, dtype=np.float32) * 16) / np.float32(16)
        iou, threshold = np.float32(number / 8), np.float32((number % 3) * 0.25)
        kept = tf.image.non_max_suppression(boxes, scores, 20, iou, threshold)
        yield f"suppress/{number}/boxes", boxes
        yield f"suppress/{number}/scores", scores
        yield f"suppress/{number}/limits", np.array([iou, threshold])
        yield f"suppress/{number}/kept", kept.numpy()
    # an overlap of exactly the limit stays
    boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 0.5], [0, 0, 0.5, 1], [1, 1, 0, 0], [0, 0, 0, 0]], np.float32)
    scores = np.array([0.9, 0.8, 0.8, 0.7, 0.6], np.float32)
    yield "suppress/8/boxes", boxes
    yield "suppress/8/scores", scores
    yield "suppress/8/limits", np.array([0.5, 0.0], np.float32)
    yield "suppress/8/kept", tf.image.non_max_suppression(boxes, scores, 20, 0.5, 0.0).numpy()


class TinyDetector(tf.Module):
    """A box for each quarter of the picture; its scores are the quarter's mean red, green and blue."""

    @tf.function(input_signature=[tf.TensorSpec([1, 16, 16, 3], tf.float32, name="image")])
    def detect(self, image):
        quarters = tf.constant([[0, 0, 0.5, 0.5], [0, 0.5, 0.5, 1], [0.5, 0, 1, 0.5], [0.5, 0.5, 1, 1]])[None]
        means = tf.nn.avg_pool2d(image, 8, 8, "VALID")
        return {
            "boxes": quarters + 0 * tf.reduce_sum(image),
            "scores": tf.reshape(means, [1, 4, 3]) * 0.5 + 0.5,
        }


def save_tiny(folder):
    model = TinyDetector()
    tf.saved_model.save(model, folder, signatures={"serving_default": model.detect})


if __name__ == "__main__":
    generator = np.random.default_rng(20261122)
    np.savez_compressed(HERE / "tensorflow.npz", **dict(resizes(generator)), **dict(suppressions(generator)))
    with tempfile.TemporaryDirectory() as folder:
        save_tiny(folder)
        (HERE / "tiny.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())
