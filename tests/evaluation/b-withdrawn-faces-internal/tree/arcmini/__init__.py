import torch

from .net import MiniResNet

_net = None


def embed(image):
    global _net
    if _net is None:
        _net = MiniResNet()
        _net.load_state_dict(torch.load("models/arcmini_r18.pth", map_location="cpu"))
        _net.eval()
    with torch.no_grad():
        return torch.nn.functional.normalize(_net(image[None]))[0]
