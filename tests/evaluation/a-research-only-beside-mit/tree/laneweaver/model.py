import torch
from torch import nn


class LaneWeaver(nn.Module):
    def __init__(self, channels=64, lanes=24, points=20):
        super().__init__()
        self.bev = nn.Conv2d(channels, channels, 3, padding=1)
        self.query = nn.Embedding(lanes, channels)
        self.point = nn.Linear(channels, points * 2)
        self.link = nn.Bilinear(channels, channels, 1)

    def forward(self, features):
        grid = self.bev(features).flatten(2)
        attn = (self.query.weight @ grid).softmax(-1)
        lanes = attn @ grid.transpose(1, 2)
        return self.point(lanes)
