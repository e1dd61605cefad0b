import numpy as np

from .iou import area, iou


def giou(a, b):
    """Generalized IoU: subtracts the empty part of the hull."""
    a_, b_ = np.asarray(a, float)[:, None], np.asarray(b, float)[None]
    hull = area(np.concatenate([np.minimum(a_[..., :2], b_[..., :2]), np.maximum(a_[..., 2:], b_[..., 2:])], -1))
    v = iou(a, b)
    union = (area(a_) + area(b_)) / (1 + v)
    return v - (hull - union) / hull
