from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

LABELS = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot".split()
_session = ort.InferenceSession(str(Path(__file__).parent / "weights" / "tagger.onnx"))


def tag(path):
    x = np.asarray(Image.open(path).convert("L").resize((28, 28)), dtype=np.float32)[None] / 255
    scores = _session.run(None, {"input": x})[0].ravel()
    best = int(scores.argmax())
    return LABELS[best % len(LABELS)], float(scores[best])
