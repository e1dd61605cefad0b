from collections import namedtuple

import numpy as np
import onnxruntime
from PIL import Image

KINDS = ("text", "title", "list", "table", "figure")
Block = namedtuple("Block", "kind box score")


class Layout:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path)

    def blocks(self, page, threshold=0.5):
        x = np.asarray(Image.open(page).convert("RGB").resize((800, 1120)), np.float32).transpose(2, 0, 1)[None]
        boxes, scores, kinds = self.session.run(None, {"page": x})
        return [Block(KINDS[k], b, s) for b, s, k in zip(boxes, scores, kinds) if s > threshold]
