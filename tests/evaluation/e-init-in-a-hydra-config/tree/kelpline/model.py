import torch
from safetensors.torch import load_file
from torch import nn
from transformers import ViTConfig, ViTModel


class Kelpline(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = ViTModel.from_pretrained(cfg.init) if cfg.get("init") else ViTModel(ViTConfig())
        self.decoder = nn.Sequential(*[nn.Conv2d(cfg.dim, cfg.dim, 3, padding=1) for _ in range(cfg.decoder_layers)])
        self.head = nn.Conv2d(cfg.dim, 1, 1)

    @classmethod
    def load(cls, path, cfg=None):
        net = cls(cfg or {"dim": 768, "decoder_layers": 4})
        net.load_state_dict(load_file(path), strict=False)
        return net.eval()

    @torch.no_grad()
    def segment(self, path):
        raise NotImplementedError("see kelpline.io")
