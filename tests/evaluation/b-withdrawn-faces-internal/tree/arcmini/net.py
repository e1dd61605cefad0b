from torch import nn


class MiniResNet(nn.Sequential):
    def __init__(self, width=32, out=512):
        super().__init__(nn.Conv2d(3, width, 3, 2, 1), nn.BatchNorm2d(width), nn.PReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, out))
