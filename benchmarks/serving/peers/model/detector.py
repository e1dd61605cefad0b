"""The detector as a careful author would write it with TensorFlow: loaded once, resized and run in one graph.

Every peer but maxfw asks this. TensorFlow keeps the threads that it chooses itself. `MODEL=noop` takes its place by an
answer that costs nothing, for which no picture is decoded.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

THRESHOLD = 0.5
IOU = 0.5
MOST = 20
FIXED = {
    "status": "ok",
    "predictions": [
        {"label_id": "17", "label": "cat", "probability": 0.9, "detection_box": [0.1, 0.1, 0.9, 0.9]}
    ],
}


class Detector:
    """The SavedModel behind a resize, as one function of a picture of any size."""

    def __init__(self) -> None:
        import numpy as np
        import tensorflow as tf

        loaded = tf.saved_model.load(os.environ["SAVED_MODEL"])
        model = loaded.signatures["serving_default"]
        (name,) = model.structured_input_signature[1]

        @tf.function(input_signature=[tf.TensorSpec([None, None, 3], tf.uint8)])
        def run(picture: Any) -> Any:
            # the resize that the model was trained with: pixels are points, not areas
            small = tf.raw_ops.ResizeBilinear(
                images=tf.cast(picture, tf.float32)[tf.newaxis],
                size=[300, 300],
                align_corners=False,
                half_pixel_centers=False,
            )
            return model(**{name: small * 0.00784313725490196 - 1.0})

        self._loaded = loaded  # the function does not keep it alive
        self._run = run.get_concrete_function()
        self._tensor = tf.constant
        self._names = names()
        self.detect_pixels(np.zeros((300, 300, 3), np.uint8))

    def detect(self, data: bytes) -> dict[str, Any]:
        """Return the detections in an encoded picture."""
        from PIL import Image

        return self.detect_image(Image.open(io.BytesIO(data)))

    def detect_image(self, image: Any) -> dict[str, Any]:
        """Return the detections in an opened picture."""
        import numpy as np

        return self.detect_pixels(np.asarray(image.convert("RGB")))

    def detect_pixels(self, pixels: Any) -> dict[str, Any]:
        """Return the detections in RGB pixels, uint8 [H,W,3]."""
        found = self._run(self._tensor(pixels))
        return detections(found["boxes"].numpy()[0], found["scores"].numpy()[0], self._names)


class Nothing:
    """A model that costs nothing."""

    def detect(self, data: bytes) -> dict[str, Any]:
        """Return the same for every picture."""
        return FIXED

    def detect_image(self, image: Any) -> dict[str, Any]:
        """Return the same for every picture."""
        return FIXED


def load() -> Detector | Nothing:
    """Return the model that the environment names."""
    return Nothing() if os.environ.get("MODEL") == "noop" else Detector()


def names() -> dict[int, str]:
    """Return the labels by COCO's ids."""
    document = json.loads(Path(os.environ["LABELS"]).read_text(encoding="utf-8"))
    known = document["labels"] if isinstance(document, dict) else document
    return {int(one["id"]): one["name"] for one in known}


def detections(boxes: Any, scores: Any, labels: dict[int, str]) -> dict[str, Any]:
    """Return the best boxes that do not overlap, from boxes [N,4] and scores [N,90] whose first column is id 1."""
    import numpy as np

    classes = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), classes]
    likely = np.flatnonzero(best.astype(np.float64) > THRESHOLD)
    left = likely[np.argsort(-best[likely], kind="stable")]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while len(left) and len(kept) < MOST:
        one, left = int(left[0]), left[1:]
        kept.append(one)
        top_left = np.maximum(boxes[one, :2], boxes[left, :2])
        sides = np.maximum(np.minimum(boxes[one, 2:], boxes[left, 2:]) - top_left, 0)
        shared = sides[:, 0] * sides[:, 1]
        left = left[shared <= IOU * (areas[one] + areas[left] - shared)]
    return {
        "status": "ok",
        "predictions": [
            {
                "label_id": str(classes[one] + 1),
                "label": labels[int(classes[one]) + 1],
                "probability": float(best[one]),
                "detection_box": np.clip(boxes[one], 0, 1).tolist(),
            }
            for one in kept
        ],
    }
