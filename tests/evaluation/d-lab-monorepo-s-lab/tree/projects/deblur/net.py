import torch
from torch import nn


class Deblur(nn.Module):
    """A residual net whose kernels turn with the motion."""

    def __init__(self, width=32, depth=8):
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.Sequential(*[nn.Conv2d(width, width, 3, padding=1) for _ in range(depth)])
        self.tail = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x):
        return x + self.tail(torch.relu(self.body(self.head(x))))
