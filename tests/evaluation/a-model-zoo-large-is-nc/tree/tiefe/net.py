import torch
from torch import nn

WIDTH = {"tiny": 192, "small": 384, "large": 1024, "giant": 1536}


class Head(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Sequential(nn.Conv2d(width, 64, 3, padding=1), nn.GELU(), nn.Conv2d(64, 1, 1), nn.Softplus())

    def forward(self, tokens, grid):
        return self.out(tokens.transpose(1, 2).unflatten(2, grid))


def build(size, checkpoint):
    head = Head(WIDTH[size])
    head.load_state_dict(torch.load(checkpoint, weights_only=True), strict=False)
    return head.eval()
