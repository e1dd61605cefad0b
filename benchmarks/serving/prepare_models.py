"""Run by TensorFlow's Python: the graph for maxfw's pattern, a model that costs nothing, and reference detections.

    python prepare_models.py FOLDER PICTURE…

Reads SAVED_MODEL and LABELS from the environment, as the peers do; writes `frozen.pb`, `noop.tflite` and
`reference.json` into FOLDER, the latter with the detections in each picture.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import detector
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

NOOP_SIZE = 8


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / "frozen.pb").write_bytes(_frozen())
    (folder / "noop.tflite").write_bytes(_noop())
    asked = detector.Detector()
    answers = {Path(path).name: asked.detect(Path(path).read_bytes()) for path in sys.argv[2:]}
    (folder / "reference.json").write_text(json.dumps(answers, indent=1), encoding="utf-8")


def _frozen() -> bytes:
    """Return the graph from pixels of any size to `boxes` and `scores`."""
    loaded = tf.saved_model.load(os.environ["SAVED_MODEL"])
    model = loaded.signatures["serving_default"]
    (name,) = model.structured_input_signature[1]

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, name="image_tensor")])
    def run(image_tensor):
        small = tf.raw_ops.ResizeBilinear(
            images=tf.cast(image_tensor, tf.float32),
            size=[300, 300],
            align_corners=False,
            half_pixel_centers=False,
        )
        found = model(**{name: small * 0.00784313725490196 - 1.0})
        return tf.identity(found["boxes"], name="boxes"), tf.identity(found["scores"], name="scores")

    frozen = convert_variables_to_constants_v2(run.get_concrete_function())
    return frozen.graph.as_graph_def().SerializeToString()


def _noop() -> bytes:
    """Return a LiteRT model of a tiny picture that answers one cat."""

    class Noop(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([1, NOOP_SIZE, NOOP_SIZE, 3], tf.float32, name="image")])
        def __call__(self, image):
            # the picture has to matter, or the converter folds all of it
            little = tf.reshape(tf.reduce_mean(image), [1, 1, 1]) * 1e-6
            cat = tf.one_hot(16, 90, dtype=tf.float32)[tf.newaxis, tf.newaxis] * 0.9
            return {"boxes": tf.constant([[[0.1, 0.1, 0.9, 0.9]]]) + little, "scores": cat + little}

    module = Noop()
    where = Path(sys.argv[1]) / "noop"
    tf.saved_model.save(module, str(where), signatures=module.__call__)
    return tf.lite.TFLiteConverter.from_saved_model(str(where)).convert()


if __name__ == "__main__":
    main()
