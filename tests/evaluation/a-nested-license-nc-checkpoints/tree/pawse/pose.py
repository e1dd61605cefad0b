import torch
from safetensors.torch import load_file
from torch import nn

JOINTS = ["nose", "eye_l", "eye_r", "ear_l", "ear_r", "throat", "withers", "tail"]


class Pose(nn.Module):
    def __init__(self, path):
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3, stride=4)
        self.head = nn.Linear(4, 2)
        self.load_state_dict(load_file(path), strict=False)

    @torch.inference_mode()
    def forward(self, frame):
        x = self.body(frame).flatten(2).transpose(1, 2)
        return self.head(x)
