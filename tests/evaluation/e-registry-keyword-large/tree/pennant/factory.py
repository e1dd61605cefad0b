import torch
from torch import nn

from .registry import CHECKPOINTS

BASE = "https://files.example.org/pennant/"


def create_model(name, pretrained=False):
    net = nn.Sequential(nn.Conv2d(3, 32, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 294))
    if pretrained:
        state = torch.hub.load_state_dict_from_url(BASE + CHECKPOINTS[name]["url"], check_hash=True)
        net.load_state_dict(state)
    return net
