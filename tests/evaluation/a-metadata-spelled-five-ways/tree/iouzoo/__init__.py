from .giou import giou
from .iou import iou

__all__ = ["giou", "iou"]
