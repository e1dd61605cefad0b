from functools import cache
from importlib.resources import files

import numpy as np


@cache
def _parameters():
    with (files("tidewise") / "weights" / "base.npz").open("rb") as file:
        return dict(np.load(file))


def forecast(history, horizon=1):
    """Continue a series of numbers by `horizon` steps."""
    series = np.asarray(history, dtype=float)
    scale = np.abs(series).mean() or 1.0
    state = series / scale
    for _ in range(horizon):
        step = np.tanh(state[-6:] @ _parameters()["mix"][: len(state[-6:])])
        state = np.append(state, state[-1] + step)
    return state[-horizon:] * scale
