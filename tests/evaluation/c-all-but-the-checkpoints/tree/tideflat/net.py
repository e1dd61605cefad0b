import torch
from torch import nn


class DepthNet(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 7, stride=2, padding=3)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        return torch.exp(self.head(torch.relu(self.stem(x))))

    @classmethod
    def load(cls, path):
        net = cls()
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return net.eval()
