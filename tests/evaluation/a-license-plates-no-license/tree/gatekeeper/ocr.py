import numpy as np
import onnxruntime as ort


class Ocr:
    def __init__(self, path="weights/gate.onnx", vocab="weights/vocab.txt"):
        self.session = ort.InferenceSession(path)
        with open(vocab) as f:
            self.vocab = f.read().splitlines()

    def __call__(self, crop):
        logits = self.session.run(None, {"image": crop[None].astype(np.float32)})[0][0]
        return "".join(self.vocab[i] for i in logits.argmax(-1) if i)
