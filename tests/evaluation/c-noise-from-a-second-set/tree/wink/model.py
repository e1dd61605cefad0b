from torch import nn


def wink(width=16, words=35):
    return nn.Sequential(
        nn.Conv2d(1, width, (3, 3), padding=1), nn.ReLU(),
        nn.Conv2d(width, width, (3, 3), padding=1, groups=width), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, words),
    )
