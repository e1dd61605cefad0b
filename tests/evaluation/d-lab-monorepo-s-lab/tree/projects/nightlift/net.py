from torch import nn


class NightLift(nn.Module):
    """Learns a curve for every pixel."""

    def __init__(self, steps=8):
        super().__init__()
        self.steps = steps
        self.curve = nn.Sequential(nn.Conv2d(3, 24, 3, padding=1), nn.GELU(), nn.Conv2d(24, 3, 3, padding=1), nn.Tanh())

    def forward(self, x):
        alpha = self.curve(x)
        for _ in range(self.steps):
            x = x + alpha * (x * x - x)
        return x
