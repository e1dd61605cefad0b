"""BentoML: a class with `@bentoml.service`, a picture as `PIL.Image`, `workers` as its page on workers says.

`bentoml serve` runs it in production mode; usage is not reported.
"""

import os
from typing import Any

import bentoml
import detector
from PIL.Image import Image


@bentoml.service(workers=int(os.environ["WORKERS"]), traffic={"timeout": 60})
class Detector:
    def __init__(self) -> None:
        self.detector = detector.load()

    @bentoml.api
    def predict(self, image: Image) -> dict[str, Any]:
        return self.detector.detect_image(image)
