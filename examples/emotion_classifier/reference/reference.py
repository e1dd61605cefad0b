# SPDX-License-Identifier: Apache-2.0
# Copyright the maxctl authors
"""The research code itself answers: fer, from the wheel that maxctl fetched and scanned."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np

request = json.loads(Path(os.environ["MAXCTL_REQUEST"]).read_text(encoding="utf-8"))
package = Path(request["sources"]["fer"], "fer")
# the package itself imports its part for videos, which needs moviepy 1
module = sys.modules["fer"] = ModuleType("fer")
module.__path__, module.__file__ = [str(package)], str(package / "__init__.py")

from fer.fer import FER  # noqa: E402


class Unrounded(FER):
    """FER rounds its scores to two digits; this keeps those of its model."""

    def _classify_emotions(self, gray_faces):
        self.scores = np.asarray(super()._classify_emotions(gray_faces))
        return self.scores


def answer(detector, path):
    """Return the scores for a picture that is a face: FER widens what it is told to be one by 10 pixels each way."""
    picture = cv2.imread(path)
    height, width = picture.shape[:2]
    (found,) = detector.detect_emotions(picture, [(10, 10, width - 20, height - 20)])
    (scores,) = detector.scores
    named = zip(found["emotions"], enumerate(scores), strict=True)
    predictions = [{"label_id": str(index), "label": name, "probability": float(one)} for name, (index, one) in named]
    return {"status": "ok", "predictions": sorted(predictions, key=lambda one: -one["probability"])}


with open(os.environ["MAXCTL_RESPONSE"], "a", encoding="utf-8") as answers:
    versions = {name: version(name) for name in ("tensorflow-cpu", "keras", "opencv-python-headless", "numpy")}
    detector = Unrounded()
    lines = [{"event": "started", "versions": {"python": platform.python_version(), "fer": "22.5.1", **versions}}]
    lines += [{"id": case["id"], "response": answer(detector, case["input"])} for case in request["cases"]]
    answers.writelines(json.dumps(line) + "\n" for line in lines)
