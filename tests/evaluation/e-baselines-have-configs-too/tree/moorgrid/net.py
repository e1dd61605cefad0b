from safetensors.torch import load_file
from torch import nn


class Moorgrid(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.down = nn.ModuleList(nn.Conv2d(3 if i == 0 else width, width, 3, 2, 1) for i in range(4))
        self.out = nn.Conv2d(width, 1, 1)

    @classmethod
    def load(cls, path):
        net = cls()
        net.load_state_dict(load_file(path), strict=False)
        return net.eval()
