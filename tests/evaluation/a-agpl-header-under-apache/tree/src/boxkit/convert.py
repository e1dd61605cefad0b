# Copyright 2023 boxkit contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np


def xywh2xyxy(b: np.ndarray) -> np.ndarray:
    out = b.copy()
    out[..., 2:] += b[..., :2]
    return out


def cxcywh2xyxy(b: np.ndarray) -> np.ndarray:
    half = b[..., 2:] / 2
    return np.concatenate([b[..., :2] - half, b[..., :2] + half], -1)
