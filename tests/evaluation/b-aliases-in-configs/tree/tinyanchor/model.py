import torch
from torch import nn


class TinyAnchor(nn.Module):
    def __init__(self, classes=80, anchors=3):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.SiLU(), nn.Conv2d(16, 64, 3, 2, 1), nn.SiLU())
        self.head = nn.Conv2d(64, anchors * (5 + classes), 1)

    def forward(self, x):
        return self.head(self.backbone(x))


def load(name):
    return torch.hub.load_state_dict_from_url(f"https://github.com/example/tinyanchor/releases/download/v1.0/{name}.pth")
