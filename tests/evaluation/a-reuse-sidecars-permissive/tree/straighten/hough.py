# SPDX-FileCopyrightText: 2023 Ines Carvalho
# SPDX-License-Identifier: Apache-2.0
import numpy as np


def angle(page, limit=10.0, step=0.1):
    """The tilt of the text lines in degrees."""
    ys, xs = np.nonzero(page < page.mean() - page.std())
    best, tilt = -1.0, 0.0
    for a in np.arange(-limit, limit, step):
        rows = np.round(ys * np.cos(np.radians(a)) - xs * np.sin(np.radians(a))).astype(int)
        score = np.var(np.bincount(rows - rows.min()))
        if score > best:
            best, tilt = score, a
    return tilt
