from datetime import datetime

import numpy as np

from .series import SERIES


def position(body, when):
    t = (datetime.fromisoformat(when) - datetime(2000, 1, 1, 12)).total_seconds() / (86400 * 365250)
    a, b, c = np.asarray(SERIES[body]).T
    return float((a * np.cos(b + c * t)).sum())
