import sys

import torch

from .model import LaneWeaver

model = LaneWeaver()
model.load_state_dict(torch.load(sys.argv[1], weights_only=True))
