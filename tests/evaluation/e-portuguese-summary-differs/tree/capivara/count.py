import numpy as np
import onnxruntime as ort
from PIL import Image


class Counter:
    def __init__(self, weights):
        self.session = ort.InferenceSession(weights)

    def __call__(self, path, threshold=0.35):
        x = np.asarray(Image.open(path).convert("RGB").resize((640, 640)), np.float32).transpose(2, 0, 1)[None] / 255
        scores = self.session.run(["scores"], {"images": x})[0]
        return int((scores > threshold).sum())
