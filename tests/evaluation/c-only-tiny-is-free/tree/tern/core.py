import pathlib

import numpy as np

HOME = pathlib.Path(__file__).resolve().parent.parent / "weights"


class Tern:
    def __init__(self, params):
        self.params = params

    @classmethod
    def _load(cls, size):
        return cls(np.load(HOME / f"tern-{size}.npz"))

    @classmethod
    def tiny(cls):
        return cls._load("tiny")

    def forecast(self, series, horizon):
        series = np.asarray(series, float)
        return (series[-1] + np.diff(series).mean() * np.arange(1, horizon + 1)).tolist()
