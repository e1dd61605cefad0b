import numpy as np


class Spotter:
    def __init__(self, path):
        self.p = np.load(path)
        self.word, self.score = None, 0.0
        self._buffer = np.zeros(16000, np.int16)

    def push(self, samples):
        n = len(samples)
        self._buffer = np.r_[self._buffer[n:], samples]
        self.score = float(np.abs(self._buffer).mean()) / 32768
