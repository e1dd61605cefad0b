# Ultralytics 🚀 AGPL-3.0 License - https://ultralytics.com/license
"""Ghost convolutions."""

import torch
from torch import nn


class GhostConv(nn.Module):
    """Half of the channels are convolved, the other half is made of them."""

    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        half = c2 // 2
        self.cv1 = nn.Conv2d(c1, half, k, s, k // 2, bias=False)
        self.cv2 = nn.Conv2d(half, half, 5, 1, 2, groups=half, bias=False)

    def forward(self, x):
        y = self.cv1(x)
        return torch.cat((y, self.cv2(y)), 1)
