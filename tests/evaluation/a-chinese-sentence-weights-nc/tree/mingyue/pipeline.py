import os
import urllib.request

import cv2
import onnxruntime as ort

RELEASE = "https://github.com/mingyue-ocr/mingyue/releases/download/v1.2/"


def _session(name):
    path = os.path.join(os.path.expanduser("~/.mingyue"), name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        urllib.request.urlretrieve(RELEASE + name, path)
    return ort.InferenceSession(path)


def recognize(path):
    page = cv2.imread(path)
    det, rec = _session("mingyue_det.onnx"), _session("mingyue_rec.onnx")
    # 竖排: 从右到左
    columns = det.run(None, {"x": page[None].astype("float32")})[0]
    for x0, y0, x1, y1 in sorted(columns.tolist(), key=lambda c: -c[0]):
        yield rec.run(None, {"x": page[int(y0):int(y1), int(x0):int(x1)][None].astype("float32")})[0]
