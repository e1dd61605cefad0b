import torch
from torch import nn


class OccuPine(nn.Module):
    def __init__(self, cameras=6, horizon=16):
        super().__init__()
        self.lift = nn.Conv3d(cameras, 32, 3, padding=1)
        self.roll = nn.GRU(32, 32, batch_first=True)
        self.horizon = horizon

    def forward(self, views):
        x = self.lift(views).mean((-1, -2, -3))
        return self.roll(x[:, None].expand(-1, self.horizon, -1))[0]
