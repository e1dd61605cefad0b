# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
import numpy as np


def area(b):
    return np.prod(np.clip(b[..., 2:] - b[..., :2], 0, None), -1)


def iou(a, b):
    a, b = np.asarray(a, float)[:, None], np.asarray(b, float)[None]
    inter = area(np.concatenate([np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])], -1))
    return inter / (area(a) + area(b) - inter)
