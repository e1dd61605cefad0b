import sys

import numpy as np
import onnxruntime
from PIL import Image

from .names import NAMES


def classify(path, model="models/vestmark.onnx"):
    x = np.asarray(Image.open(path).convert("L").resize((112, 112)), np.float32)[None, None] / 255
    return onnxruntime.InferenceSession(model).run(None, {"x": x})[0][0]


def main():
    p = classify(sys.argv[1])
    for i in np.argsort(-p)[:3]:
        print(f"{NAMES[i]:10} {p[i]:.2f}")
