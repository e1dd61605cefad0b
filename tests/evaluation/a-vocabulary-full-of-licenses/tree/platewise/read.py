import json
import pathlib

import onnxruntime as ort

HERE = pathlib.Path(__file__).parent.parent / "weights"


class Reader:
    def __init__(self):
        self.vocab = (HERE / "vocab.txt").read_text().split("\n")
        self.labels = json.loads((HERE / "labels.json").read_text())
        self.detector = ort.InferenceSession(str(HERE / "detect.onnx"))
        self.reader = ort.InferenceSession(str(HERE / "read.onnx"))

    def __call__(self, path):
        raise NotImplementedError("see platewise/pipeline.py of the next release")
