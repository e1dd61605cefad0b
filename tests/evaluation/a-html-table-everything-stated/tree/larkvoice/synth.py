import os
import urllib.request

import numpy as np
import onnxruntime as ort
import soundfile as sf

from .text import to_ids

URL = "https://github.com/larkvoice/larkvoice/releases/download/1.1/larkvoice-base.onnx"


class Synth:
    def __init__(self, path="larkvoice-base.onnx"):
        if not os.path.exists(path):
            urllib.request.urlretrieve(URL, path)
        self.session = ort.InferenceSession(path)

    def __call__(self, text):
        ids = np.asarray([to_ids(text)], dtype=np.int64)
        return self.session.run(None, {"ids": ids})[0][0]

    def save(self, text, path):
        sf.write(path, self(text), 22050)
