import os
import sys
import wave

import numpy as np

PARAMS = os.path.join(os.path.dirname(__file__), "wachtel.npz")


def segments(path, min_pause=0.3, threshold=0.5):
    w = np.load(PARAMS)["w"]
    with wave.open(path) as f:
        x = np.frombuffer(f.readframes(f.getnframes()), np.int16).astype(np.float32) / 32768
        rate = f.getframerate()
    hop = rate // 100
    energy = np.log1p((x[: len(x) // hop * hop].reshape(-1, hop) ** 2).mean(1))
    on = energy * float(w.sum()) > threshold
    edges = np.flatnonzero(np.diff(np.r_[0, on, 0]))
    return [(a / 100, b / 100) for a, b in zip(edges[::2], edges[1::2])]


def main():
    for a, b in segments(sys.argv[1]):
        print(f"{a:7.2f} {b:7.2f}")
