"""印影を読む。"""

from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

MODEL = Path(__file__).parent / "models" / "tensho.onnx"


def read(path):
    picture = Image.open(path).convert("L").resize((96, 96))
    pixels = np.asarray(picture, np.float32)[None, None] / 255
    scores = ort.InferenceSession(str(MODEL)).run(None, {"x": pixels})[0]
    return "".join(chr(code) for code in scores.argmax(-1).ravel())
